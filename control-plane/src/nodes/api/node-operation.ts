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

const maxTokens = 400
const overHttp = new Set(['enrol', 'protocolVersions'])

/** The document, or what is wrong with it. */
export function readOperation(
  schema: GraphQLSchema,
  query: unknown,
  transport: 'http' | 'socket',
): DocumentNode | readonly GraphQLError[] {
  if (typeof query !== 'string') return [new GraphQLError('The request has no query.')]
  let document: DocumentNode
  try {
    document = parse(query, { maxTokens, noLocation: true })
  } catch (error) {
    return [error instanceof GraphQLError ? error : new GraphQLError('The query is not valid.')]
  }
  const faults = validate(schema, document, [...specifiedRules, NoSchemaIntrospectionCustomRule], { maxErrors: 5 })
  if (faults.length > 0) return faults
  const operations = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const field = operations.length === 1 ? rootField(operations[0]!) : null
  if (field === null) return [new GraphQLError('A request has one operation with one field.')]
  if (overHttp.has(field) !== (transport === 'http') && field !== 'protocolVersions')
    return [new GraphQLError(`${field} is not served over ${transport}.`)]
  return document
}

function rootField(operation: OperationDefinitionNode): string | null {
  const [selection, ...others] = operation.selectionSet.selections
  return others.length === 0 && selection?.kind === Kind.FIELD ? selection.name.value : null
}
