/**
 * Descriptions of what is the same everywhere, by where it stands: lists, their filters and orders, payloads, inputs. What a feature says
 * itself stands. Each of these holds of everything that it is given to: what does not needs words of its own.
 */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'

/** Of which type a name is made, by how it ends. */
const endings: Record<string, (stem: string) => string> = {
  Connection: (stem) => `A page of a list of \`${stem}\`.`,
  Edge: (stem) => `One \`${stem}\` of a list, with its place there.`,
  Filter: (stem) => `Which \`${stem}\` a list has: those of which all holds that is given here.`,
  Order: (stem) => `How a list of \`${stem}\` is sorted.`,
  OrderField: (stem) => `What a list of \`${stem}\` can be sorted by.`,
  Payload: () => 'What came of the mutation.',
}

const inFilters: Record<string, string> = {
  administratorId: 'Those of this administrator.',
  domainId: 'Those of this domain.',
  mailboxId: 'Those of this mailbox.',
  mailNodeId: 'Those of this mail node.',
  tenantId: 'Those of this tenant itself, not of tenants below it.',
  withinId: 'Those of this tenant and of all below it.',
  kind: 'Those of this kind.',
  search: 'Those in whose names or addresses this text is found.',
  state: 'Those in this state now.',
  states: 'Those in any of these states.',
  status: 'Those with this status.',
}

const inOrders: Record<string, string> = {
  field: 'What decides first; of equals the id does.',
  direction: 'Upwards or downwards.',
}

const orderValues: Record<string, string> = {
  ADDRESS: 'By the whole e-mail address.',
  CREATED_AT: 'By the time at which it was made.',
  EMAIL: 'By the e-mail address.',
  NAME: 'By name.',
}

const inInputs: Record<string, string> = {
  id: 'Of the object that this is about.',
  version: 'The one that was read: where the object has another by now it is left as it is, with `VERSION_CONFLICT`.',
}

const operationArguments: Record<string, string> = {
  filter: 'Absent: all that the viewer may see.',
  orderBy: 'Absent: in the order that the list has of itself.',
  input: 'What is to be done; an error’s `path` names a field in it.',
  id: 'As the field `id` of the object has it.',
}

const roots: Record<string, string> = {
  Query: 'Everything that can be read.',
  Mutation: 'Everything that can be changed; the fields of one request are done one after another.',
  Subscription: 'What is told while it happens, over a websocket, as long as the viewer may see it.',
}

export function describeRepeated(schema: GraphQLSchema): void {
  const takers = takersOf(schema)
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue
    type.description ||= describeType(type, takers)
    if (isObjectType(type)) describeObject(schema, type)
    else if (isInputObjectType(type)) describeInput(type)
    else if (isEnumType(type) && type.name.endsWith('OrderField')) {
      for (const value of type.getValues()) value.description ||= orderValues[value.name]
    }
  }
}

/** Input → the mutations that take it. */
function takersOf(schema: GraphQLSchema): Map<string, string[]> {
  const takers = new Map<string, string[]>()
  const fields = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {}),
  )
  for (const { name, args } of fields) {
    for (const { type } of args.filter((argument) => argument.name === 'input')) {
      const input = getNamedType(type).name
      takers.set(input, [...(takers.get(input) ?? []), `\`${name}\``])
    }
  }
  return takers
}

function describeType({ name }: GraphQLNamedType, takers: ReadonlyMap<string, string[]>): string | undefined {
  for (const [ending, describe] of Object.entries(endings)) {
    if (name.endsWith(ending)) return describe(name.slice(0, -ending.length))
  }
  if (name in roots) return roots[name]
  const by = takers.get(name)
  return by && `What ${by.join(' and ')} ${by.length > 1 ? 'take' : 'takes'}.`
}

function describeObject(schema: GraphQLSchema, type: GraphQLObjectType): void {
  const isOperation = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type)
  for (const field of Object.values(type.getFields())) {
    if (type === schema.getQueryType()) field.description ||= describeQuery(field)
    if (type.name.endsWith('Payload') && isObjectType(getNullableType(field.type))) {
      field.description ||= 'As it is now. Null: `errors` says why nothing was done.'
    }
    if (!isOperation) continue
    for (const argument of field.args) argument.description ||= operationArguments[argument.name]
  }
}

function describeQuery({ type }: GraphQLField<unknown, unknown>): string | undefined {
  const { name } = getNamedType(type)
  if (name.endsWith('Connection')) return `Each \`${name.slice(0, -'Connection'.length)}\` that the viewer may see.`
  return isObjectType(type) ? `One \`${name}\`; null where there is none that the viewer may see.` : undefined
}

function describeInput(type: GraphQLInputObjectType): void {
  const known = type.name.endsWith('Filter') ? inFilters : type.name.endsWith('Order') ? inOrders : inInputs
  for (const field of Object.values(type.getFields())) field.description ||= known[field.name]
}
