/** Operations of a GraphQL endpoint, by class and outcome: an Apollo plugin. */
import type { ApolloServerPlugin, BaseContext } from '@apollo/server'
import { Histogram, type Registry } from 'prom-client'

export function operationMetrics(registry: Registry): ApolloServerPlugin<BaseContext> {
  const duration = new Histogram({
    name: 'mailfleet_graphql_operation_duration_seconds',
    help: 'From parsing to the answer. `operation`: query, mutation, or invalid where there was none to run; `outcome`: ok, or error where the answer has errors.',
    labelNames: ['operation', 'outcome'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  })
  return {
    async requestDidStart() {
      const stop = duration.startTimer()
      return {
        async willSendResponse({ operation, response: { body } }) {
          const failed = body.kind === 'single' && body.singleResult.errors !== undefined
          stop({ operation: operation?.operation ?? 'invalid', outcome: failed ? 'error' : 'ok' })
        },
      }
    },
  }
}
