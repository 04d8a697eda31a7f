/**
 * Runs validated operations. A query that comes again is compiled (graphql-jit): lists of objects are then several times as
 * fast as with graphql's interpreter. What comes once is interpreted, since compiling costs more than one run; mutations are,
 * since they are one after another and their time is the database's.
 */
import {
  execute,
  getVariableValues,
  GraphQLError,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit'
import { withInputDefaults } from './input-defaults.js'

export interface Execution {
  document: DocumentNode
  operation: OperationDefinitionNode
  operationName: string | null | undefined
  variables: Record<string, unknown> | null | undefined
}

export type Execute = (execution: Execution, context: object) => Promise<ExecutionResult>

/** The first runs of a document. Hostile ones come once each, and are not worth a compilation. */
const interpretedRuns = 2

export function createExecutor(schema: GraphQLSchema): Execute {
  // Documents are those of Apollo's store, which is bounded: what falls out of it falls out of here.
  const runs = new WeakMap<OperationDefinitionNode, number>()
  const compiled = new WeakMap<OperationDefinitionNode, CompiledQuery | null>()

  const compiledFor = ({ document, operation, operationName }: Execution): CompiledQuery | null => {
    const known = compiled.get(operation)
    if (known !== undefined) return known
    const count = (runs.get(operation) ?? 0) + 1
    runs.set(operation, count)
    if (operation.operation !== 'query' || count <= interpretedRuns) return null
    const result = compileQuery(schema, document, operationName ?? undefined)
    const query = isCompiledQuery(result) ? result : null
    compiled.set(operation, query)
    return query
  }

  return async (execution, context) => {
    const query = compiledFor(execution)
    const variableValues = execution.variables ?? {}
    if (!query) {
      const { document, operationName } = execution
      return execute({ schema, document, operationName, variableValues, contextValue: context })
    }
    // For graphql's own messages about wrong variables.
    const { errors } = getVariableValues(schema, execution.operation.variableDefinitions ?? [], variableValues, {
      maxErrors: 50,
    })
    if (errors) return { errors }
    const result = await query.query({}, context, withInputDefaults(schema, execution.operation, variableValues))
    return result.errors ? { ...result, errors: result.errors.map(asThrown) } : result
  }
}

/** A compiled query's errors lack `extensions`, which everyone else counts on. */
const asThrown = ({ message, path, originalError }: GraphQLError): GraphQLError =>
  new GraphQLError(message, { path, originalError })
