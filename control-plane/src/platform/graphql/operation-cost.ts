/**
 * What an operation costs, from its text and variables alone, so that it is known before any resolver runs:
 *
 * - a field that is an object, or a list of them: 1 each
 * - a page of a connection: as many as `first` or `last` asks for (50 without), times what one of them costs
 * - any other list: counted as 10, or as many as its `first` asks for where that is more
 * - `totalCount`, which counts the rows: 10
 * - a mutation: 10 more
 * - introspection: a twentieth of what objects would cost, since it is answered from memory; of `types` there are as many as there are,
 *   any other list counts as 5
 *
 * A field declares more by the extension `cost`. Work is linear in the size of the document, however its fragments nest.
 */
import {
  getArgumentValues,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  SchemaMetaFieldDef,
  TypeMetaFieldDef,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type FieldNode,
} from 'graphql'

export const maxOperationCost = 50_000
const defaultPage = 50
const assumedList = 10
const countCost = 10
const mutationCost = 10
const introspectionWeight = 0.05
const introspectionList = 5

/** Of operations without variables. A document's operations belong to one schema, and go with it. */
const known = new WeakMap<OperationDefinitionNode, number>()

export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> | null | undefined,
): number {
  const before = known.get(operation)
  if (before !== undefined) return before
  const cost = countCosts(schema, document, operation, variables)
  if (!operation.variableDefinitions?.length) known.set(operation, cost)
  return cost
}

function countCosts(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Record<string, unknown> | null | undefined,
): number {
  const root = schema.getRootType(operation.operation)
  if (!root) return 0
  const fragments = new Map(
    document.definitions
      .filter((definition): definition is FragmentDefinitionNode => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map((fragment) => [fragment.name.value, fragment]),
  )
  const walk = new CostWalk(schema, fragments, variables ?? {})
  const perField = operation.operation === 'mutation' ? mutationCost : 0
  const cost = walk.selections(operation.selectionSet, root, 1)
  return Math.ceil(cost) + perField * operation.selectionSet.selections.length
}

class CostWalk {
  private readonly spreads = new Map<string, number>()

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly fragments: Map<string, FragmentDefinitionNode>,
    private readonly variables: Record<string, unknown>,
  ) {}

  /** `page`: how many nodes the lists of this type hold, where it is a connection. */
  selections(set: SelectionSetNode, type: GraphQLCompositeType, page: number): number {
    let cost = 0
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) cost += this.field(selection, type, page)
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        cost += this.selections(selection.selectionSet, this.typeOf(selection.typeCondition?.name.value) ?? type, page)
      } else cost += this.spread(selection.name.value, page)
    }
    return cost
  }

  private spread(name: string, page: number): number {
    const key = `${name} ${page}`
    const known = this.spreads.get(key)
    if (known !== undefined) return known
    // A fragment that spreads itself costs nothing here: validation refuses it.
    this.spreads.set(key, 0)
    const fragment = this.fragments.get(name)
    const type = this.typeOf(fragment?.typeCondition.name.value)
    const cost = fragment && type ? this.selections(fragment.selectionSet, type, page) : 0
    this.spreads.set(key, cost)
    return cost
  }

  private typeOf(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.schema.getType(name)
    return isCompositeType(type) ? type : undefined
  }

  private field(node: FieldNode, parent: GraphQLCompositeType, page: number): number {
    if (parent === this.schema.getQueryType()) {
      const meta = metaFields.find(({ name }) => name === node.name.value)
      if (meta)
        return (
          introspectionWeight * (1 + (node.selectionSet ? this.selections(node.selectionSet, namedType(meta), 1) : 0))
        )
    }
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
    if (!field) return 0
    const declared = Number(field.extensions.cost ?? 0)
    const inConnection = isConnection(parent)
    if (inConnection && field.name === 'totalCount') return countCost
    const type = getNamedType(field.type)
    if (!node.selectionSet || !isCompositeType(type)) return declared
    const times = isList(field.type) ? (inConnection ? page : this.listLength(parent, node, field)) : 1
    const inner = isConnection(type) ? this.pageSize(node, field) : 1
    return declared + times * (1 + this.selections(node.selectionSet, type, inner))
  }

  private arguments(node: FieldNode, field: GraphQLField<unknown, unknown>): Record<string, unknown> {
    try {
      return getArgumentValues(field, node, this.variables)
    } catch {
      // Wrong arguments are refused with a better message by whoever runs the operation.
      return {}
    }
  }

  private pageSize(node: FieldNode, field: GraphQLField<unknown, unknown>): number {
    const { first, last } = this.arguments(node, field)
    return Math.max(0, Number(first ?? last ?? defaultPage))
  }

  private listLength(parent: GraphQLCompositeType, node: FieldNode, field: GraphQLField<unknown, unknown>): number {
    if (isIntrospectionType(parent)) {
      return field.name === 'types' ? Object.keys(this.schema.getTypeMap()).length : introspectionList
    }
    if (field.args.length === 0) return assumedList
    const { ids, first } = this.arguments(node, field)
    if (Array.isArray(ids)) return ids.length
    return typeof first === 'number' ? Math.max(first, assumedList) : assumedList
  }
}

const metaFields: GraphQLField<unknown, unknown>[] = [SchemaMetaFieldDef, TypeMetaFieldDef]
const namedType = (field: GraphQLField<unknown, unknown>) => getNamedType(field.type) as GraphQLObjectType

const isConnection = (type: GraphQLCompositeType): boolean =>
  isObjectType(type) && type.getFields().pageInfo !== undefined

function isList(type: GraphQLOutputType): boolean {
  return isNonNullType(type) ? isList(type.ofType) : isListType(type)
}
