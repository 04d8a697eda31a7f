/** What may be asked on the node API at all: one root field, few tokens, no introspection; decided before anything runs. */
import {
  GraphQLError,
  Kind,
  NoSchemaIntrospectionCustomRule,
  parse,
  specifiedRules,
  validate,
  type DocumentNode,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { nodeError } from './node-context.js'

const maxTokens = 400
const overHttp = new Set(['enrol', 'protocolVersions'])

/** The document, or what is wrong with it. */
export function readOperation(
  schema: GraphQLSchema,
  query: unknown,
  transport: 'http' | 'socket',
): DocumentNode | readonly GraphQLError[] {
  if (typeof query !== 'string') return [nodeError('INVALID_REQUEST')]
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens, noLocation: true })
  } catch (error) {
    return [error instanceof GraphQLError ? error : nodeError('INVALID_REQUEST')]
  }
  const faults = validate(schema, document, [...specifiedRules, NoSchemaIntrospectionCustomRule], { maxErrors: 5 })
  if (faults.length > 0) return faults
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const field = operations.length === 1 ? rootField(operations[0]!) : null
  if (field === null) return [nodeError('INVALID_REQUEST', 'One operation with one field, please.')]
  if (overHttp.has(field) !== (transport === 'http') && field !== 'protocolVersions')
    return [nodeError('UNAUTHENTICATED', `\`${field}\` is not served here.`)]
  return document
}

function rootField(operation: OperationDefinitionNode): string | null {
  const [selection, ...others] = operation.selectionSet.selections
  return others.length === 0 && selection?.kind === Kind.FIELD ? selection.name.value : null
}
