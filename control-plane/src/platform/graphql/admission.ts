/** Whether an operation is let in, the same over HTTP and on the socket: what it costs, and who has asked for how much. */
import { GraphQLError, type DocumentNode, type GraphQLSchema, type OperationDefinitionNode } from 'graphql'
import { maxOperationCost, operationCost } from './operation-cost.js'
import type { RequestBudget, Spent } from './request-budget.js'

export interface Caller {
  /** Null: nobody is signed in. */
  viewer: string | null
  address: string
}

export interface AskedOperation {
  schema: GraphQLSchema
  document: DocumentNode
  operation: OperationDefinitionNode
  variables: Record<string, unknown> | null | undefined
}

/** Throws what the caller is to be told. */
export async function admit(asked: AskedOperation, caller: Caller, budget: RequestBudget): Promise<Spent | null> {
  const cost = operationCost(asked.schema, asked.document, asked.operation, asked.variables)
  if (!(cost <= maxOperationCost)) {
    throw new GraphQLError(`The operation costs ${cost} points; at most ${maxOperationCost} are allowed.`)
  }
  return budget.spend(caller.viewer, caller.address, cost)
}
