/**
 * Fills defaults into variables, as they would be written. graphql-jit 0.8 refuses an input object that leaves out a field with
 * a default (`direction: SortDirection! = ASC`), and a variable with one that cannot be null.
 */
import {
  astFromValue,
  getNullableType,
  isInputObjectType,
  isInputType,
  isListType,
  typeFromAST,
  valueFromASTUntyped,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'

type Values = Record<string, unknown>

export function withInputDefaults(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  variables: Values,
): Values {
  const filled = { ...variables }
  for (const { variable, type: node, defaultValue } of operation.variableDefinitions ?? []) {
    const type = typeFromAST(schema, node as never)
    const name = variable.name.value
    if (filled[name] === undefined && defaultValue) filled[name] = valueFromASTUntyped(defaultValue)
    if (isInputType(type) && Object.hasOwn(filled, name)) filled[name] = fill(filled[name], type)
  }
  return filled
}

function fill(value: unknown, type: GraphQLInputType): unknown {
  const nullable = getNullableType(type)
  if (value === null || typeof value !== 'object') return value
  if (isListType(nullable)) {
    const item = nullable.ofType as GraphQLInputType
    return Array.isArray(value) ? value.map((each) => fill(each, item)) : fill(value, item)
  }
  if (!isInputObjectType(nullable)) return value
  const given = value as Values
  const filled: Values = { ...given }
  for (const field of Object.values(nullable.getFields())) {
    if (given[field.name] !== undefined) filled[field.name] = fill(given[field.name], field.type)
    else if (field.defaultValue !== undefined) filled[field.name] = written(field)
  }
  return filled
}

/** Names of enumerations in place of what they stand for. */
function written({ defaultValue, type }: GraphQLInputField): unknown {
  const node = astFromValue(defaultValue, type)
  return node ? valueFromASTUntyped(node) : null
}
