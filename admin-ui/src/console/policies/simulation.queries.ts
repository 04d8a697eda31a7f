import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

export const simulatePolicyMutation = graphql(
  `
    mutation SimulatePolicy($input: SimulatePolicyInput!) {
      payload: simulatePolicy(input: $input) {
        simulation {
          messages
          isComplete
          since
          changed
          notReplayed
          changes {
            kind
            before
            after
            messages
            domain {
              id
              displayName
            }
          }
          examples {
            after
            event {
              id
              at
              sender
              recipient
            }
          }
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
export type Simulation = NonNullable<ResultOf<typeof simulatePolicyMutation>['payload']['simulation']>
