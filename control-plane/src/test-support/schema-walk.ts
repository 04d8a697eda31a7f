/**
 * Requests for every field of a schema: all that can be read of it, and inputs that name somebody's objects wherever an id is asked
 * for. A field that is new tomorrow is walked tomorrow.
 */
import {
  getNamedType,
  isEnumType,
  isInterfaceType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
} from 'graphql'

export type RootField = GraphQLField<unknown, unknown>
/** The id of the object that an input field of this name means. */
export type Ids = Record<string, string>

export const fieldsOf = (type: GraphQLObjectType | GraphQLInterfaceType | null | undefined): RootField[] =>
  Object.values(type?.getFields() ?? {})

/** Everything that can be selected of a type, down to a depth, without arguments. */
function selection(type: GraphQLObjectType, depth: number): string {
  const parts = fieldsOf(type).flatMap((field) => {
    const named = getNamedType(field.type)
    if (isInterfaceType(named)) return [`${field.name} { id }`]
    if (!isObjectType(named)) return [field.name]
    return depth > 1 ? [`${field.name} ${selection(named, depth - 1)}`] : []
  })
  return parts.length > 0 ? `{ ${parts.join(' ')} }` : '{ __typename }'
}

/** Each object field of the type's nodes by itself: all at once would be too many tokens for one request. */
export function* requestsFor(field: RootField, argumentText: string): Generator<string> {
  const type = getNamedType(field.type) as GraphQLObjectType
  const node = 'nodes' in type.getFields() ? (getNamedType(type.getFields().nodes!.type) as GraphQLObjectType) : type
  const wrap = (inner: string) => (node === type ? inner : `{ nodes ${inner} edges { cursor } pageInfo { endCursor } }`)
  yield `{ ${field.name}${argumentText} ${wrap(selection(node, 1))} }`
  for (const inner of fieldsOf(node)) {
    const named = getNamedType(inner.type)
    if (isObjectType(named))
      yield `{ ${field.name}${argumentText} ${wrap(`{ ${inner.name} ${selection(named, 2)} }`)} }`
  }
}

const typeNamed = (field: string): string => {
  const name = field.replace(/Id$/, '')
  return name === 'parent' || name === 'within' ? 'Tenant' : `${name[0]!.toUpperCase()}${name.slice(1)}`
}

/** A value of an input, written in a query; names of enumerations are the words in it without an id's form. */
const literal = (value: unknown): string =>
  typeof value === 'object' && value !== null
    ? `{ ${Object.entries(value)
        .map(([name, inner]) => `${name}: ${literal(inner)}`)
        .join(', ')} }`
    : /^[A-Za-z_]+$/.test(String(value))
      ? String(value)
      : JSON.stringify(value)

/** Text of arguments: none, and each filter by id. */
export function argumentsOf(field: RootField, ids: Ids): string[] {
  if (field.args.some((argument) => argument.name === 'id')) return [`(id: "${ids[getNamedType(field.type).name]}")`]
  const input = field.args.find((argument) => argument.name === 'input')
  if (input)
    return [`(input: ${literal(inputFor(input.type, 'input', field.name, (type) => ids[type] ?? ids.Tenant!))})`]
  if (field.args.some((argument) => argument.name === 'ids')) return [`(ids: "${ids[getNamedType(field.type).name]}")`]
  // Part of the names of the victim's objects.
  if (field.args.some((argument) => argument.name === 'text')) return ['(text: "victim")']
  // Of an event of the victim's.
  if (field.args.some((argument) => argument.name === 'transactionId')) return ['(transactionId: "victim")']
  const filter = field.args.find((argument) => argument.name === 'filter')?.type
  const type = filter && getNamedType(filter)
  if (!type || !isInputObjectType(type)) return ['']
  const byId = Object.values(type.getFields()).filter((input) => getNamedType(input.type).name === 'ID')
  return ['', ...byId.map((input) => `(filter: { ${input.name}: "${ids[typeNamed(input.name)]}" })`)]
}

export const allRequests = (field: RootField, ids: Ids): string[] =>
  argumentsOf(field, ids).flatMap((argumentText) => [...requestsFor(field, argumentText)])

/** A call of a mutation, and what it is given. */
export function mutationRequest({ name, args }: RootField, objects: (type: string) => string): [string, object] {
  const variables = Object.fromEntries(
    args.map((argument) => [argument.name, inputFor(argument.type, argument.name, name, objects)]),
  )
  const declared = args.map((argument) => `$${argument.name}: ${argument.type.toString()}`).join(', ')
  const given = args.map((argument) => `${argument.name}: $${argument.name}`).join(', ')
  return [`mutation (${declared}) { ${name}(${given}) { errors { code message path } } }`, variables]
}

/** A value for an input, valid in itself; ids are those of `objects`. */
function inputFor(type: GraphQLInputType, name: string, mutation: string, objects: (type: string) => string): unknown {
  if (isNonNullType(type)) return inputFor(type.ofType, name, mutation, objects)
  if (isListType(type)) return [inputFor(type.ofType, name, mutation, objects)]
  if (isInputObjectType(type)) {
    const entries = Object.values(type.getFields())
      // Optional ids too: each is a way to name what is not one's own.
      .filter((field) => isNonNullType(field.type) || getNamedType(field.type).name === 'ID')
      .map((field) => [field.name, inputFor(field.type, field.name, mutation, objects)])
    return Object.fromEntries(entries)
  }
  if (isEnumType(type)) {
    if (type.name === 'TenantKind') return 'CUSTOMER'
    return type.name === 'Role' ? 'SUPPORT' : type.getValues()[0]!.name
  }
  switch (getNamedType(type).name) {
    case 'ID':
      return objects(
        name === 'id'
          ? mutation.replace(
              /^(create|update|suspend|resume|delete|restore|move|decide|revoke|end|lift|retire|check|run|cancel|apply|rotate|ping|redeliver|revert|pause|promote|abort|release)/,
              '',
            )
          : typeNamed(name),
      )
    case 'Int':
    case 'SafeInt':
      return 1
    case 'Boolean':
      return true
    case 'DateTime':
      return '2099-01-01T00:00:00Z'
    default:
      return textFor[name] ?? 'some-text'
  }
}

const textFor: Record<string, string> = {
  email: 'intruder@people.example',
  password: 'a long enough password',
  targets: 'x@elsewhere.test',
  members: 'x@elsewhere.test',
  owners: 'x@elsewhere.test',
  posters: 'x@elsewhere.test',
  hostName: 'mx.intruder.example',
  name: 'intruder.example',
  url: 'https://intruder.example/',
}

/** These are about the caller alone, whoever it is; sign-in.test.ts looks at them. */
export const ownMutations = [
  'signIn',
  'signOut',
  'signOutEverywhere',
  'beginSingleSignOn',
  'finishSingleSignOn',
  'verifySecondFactor',
  'beginPasskeySignIn',
  'finishPasskeySignIn',
  'changePassword',
  'createApiToken',
  'createSavedSearch',
  'endImpersonation',
  'requestGrant',
  'beginConfirmation',
  'confirmIdentity',
  'beginTotp',
  'confirmTotp',
  'removeTotp',
  'renewRecoveryCodes',
  'beginPasskeyRegistration',
  'finishPasskeyRegistration',
  'deletePasskey',
  'renamePasskey',
  'endOtherSessions',
]
