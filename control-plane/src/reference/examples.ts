/**
 * An example of each field of Query, Mutation and Subscription, from the SDL: valid in itself, with an id of the right kind wherever one
 * is wanted. reference.test.ts sends every one of them to a server.
 */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLField,
  type GraphQLInputObjectType,
  type GraphQLInputType,
} from 'graphql'
import type { Command } from '../command-line/model/commands.js'
import { chosenSelection, compositeOf, defaultSelection, printSelection } from '../command-line/model/selection.js'

export interface Example {
  document: string
  variables: Record<string, unknown>
}

/** What the reference makes up, and a server must know. */
export interface Samples {
  /** Of an object of this type. */
  id(type: string): string
  /** A time to come. */
  time: string
}

export function exampleOf({ field, kind, isList }: Command, samples: Samples): Example {
  const wanted = field.args.filter((argument) => isRequiredArgument(argument))
  const paged = isList ? [{ name: 'first', type: 'Int' }] : []
  const variables = Object.fromEntries(
    wanted.map(({ name, type }) => [name, sample(type, name, typeBehind(field), samples)]),
  )
  const names = [...paged.map(({ name }) => `${name}: 10`), ...wanted.map(({ name }) => `${name}: $${name}`)].join(', ')
  const declared = wanted.map(({ name, type }) => `$${name}: ${String(type)}`).join(', ')
  const document = `${kind}${declared && ` (${declared})`} {\n  ${field.name}${names && `(${names})`} ${answerOf(field, isList)}\n}`
  return { document, variables }
}

function answerOf(field: GraphQLField<unknown, unknown>, isList: boolean): string {
  const type = compositeOf(getNamedType(field.type))
  if (!type) return ''
  if (isList) {
    const node = compositeOf(getNamedType(type.getFields().nodes!.type))!
    return `{\n    nodes ${named(node)}\n    pageInfo { hasNextPage endCursor }\n  }`
  }
  if (!type.getFields().errors) return printSelection(defaultSelection(type, false))
  const payload = Object.values(type.getFields()).filter(({ name }) => name !== 'errors')
  const parts = payload.map(({ name, type: inner }) => {
    const object = compositeOf(getNamedType(inner))
    return `    ${name}${object ? ` ${named(object)}` : ''}\n`
  })
  return `{\n${parts.join('')}    errors { code message path }\n  }`
}

/** What names it, and its version. */
function named(type: NonNullable<ReturnType<typeof compositeOf>>): string {
  const known = ['id', 'version', 'name', 'displayName', 'address', 'email', 'status', 'type', 'kind', 'state']
  const plain = Object.values(type.getFields()).filter(({ type: inner }) => !compositeOf(getNamedType(inner)))
  const shown = plain.filter(({ name }) => known.includes(name)).map(({ name }) => name)
  const fields = shown.length > 0 ? shown : plain.slice(0, 4).map(({ name }) => name)
  return fields.length > 0 ? printSelection(chosenSelection(type, fields.join(','))) : '{ __typename }'
}

/** `suspendDomain` is about a Domain. */
function typeBehind(field: GraphQLField<unknown, unknown>): string {
  const type = getNamedType(field.type).name
  const [, noun] = /^[a-z]+([A-Z]\w*)$/.exec(field.name) ?? []
  return /Payload$/.test(type) ? (noun ?? type.replace(/Payload$/, '')) : type.replace(/Connection$/, '')
}

/** Texts that fields of these names take. */
const texts: Record<string, string> = {
  email: 'anna@bakery.example',
  receiverEmail: 'anna@bakery.example',
  password: 'correct horse battery',
  currentPassword: 'correct horse battery',
  newPassword: 'staple battery horse',
  localPart: 'anna',
  targets: 'someone@elsewhere.example',
  recipients: 'someone@elsewhere.example',
  owners: 'someone@elsewhere.example',
  members: 'someone@elsewhere.example',
  address: 'anna@bakery.example',
  destination: 'elsewhere.example',
  hostName: 'mx2.hosting.example',
  code: '123456',
  content: 'manifest: 1\ndomains: {}\n',
  catchAll: 'anna@bakery.example',
  issuer: 'https://sign-in.bakery.example',
  network: '192.0.2.66',
  text: 'bakery',
  url: 'https://hooks.bakery.example/mailfleet',
}

function sample(type: GraphQLInputType, name: string, behind: string, samples: Samples): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return [sample(nullable.ofType as GraphQLInputType, name, behind, samples)]
  if (isInputObjectType(nullable)) {
    const also = alsoGiven(nullable)
    const fields = Object.values(nullable.getFields()).filter(
      (field) => isRequiredInputField(field) || also.includes(field.name),
    )
    return Object.fromEntries(fields.map((field) => [field.name, sample(field.type, field.name, behind, samples)]))
  }
  if (isEnumType(nullable))
    return enumSample(
      nullable.name,
      nullable.getValues().map((value) => value.name),
    )
  switch (getNamedType(type).name) {
    case 'ID':
      return samples.id(name === 'id' || name === 'ids' ? behind : capital(name.replace(/Ids?$/, '')))
    case 'Int':
    case 'SafeInt':
      return 1
    case 'Float':
      return 1.5
    case 'Boolean':
      return true
    case 'DateTime':
      return samples.time
    case 'JSON':
      return 1_073_741_824
    default:
      return name === 'name' ? nameFor(behind) : (texts[name] ?? 'words for people')
  }
}

/** Inputs of which one field or another must be given, though none by itself. */
const oneOf: Record<string, string[]> = {
  CreateMailboxInput: ['password'],
  CreateIdentitySourceInput: ['oidc'],
  CreateRoleAssignmentInput: ['role'],
  HoldQueuedMessagesInput: ['destination'],
  QueueScopeInput: ['destination'],
}

/** Of a change something that is changed. */
function alsoGiven(type: GraphQLInputObjectType): string[] {
  if (oneOf[type.name]) return oneOf[type.name]!
  if (/^BulkDelete/.test(type.name)) return ['ids']
  if (/^BulkUpdate/.test(type.name)) return ['ids', 'status']
  if (!/^Update/.test(type.name)) return []
  const optional = Object.values(type.getFields()).filter((field) => !isRequiredInputField(field))
  return optional.some(({ name }) => name === 'name') ? ['name'] : optional.slice(0, 1).map(({ name }) => name)
}

const capital = (name: string): string => `${name[0]!.toUpperCase()}${name.slice(1)}`
const nameFor = (behind: string): string =>
  /Domains?$/.test(behind) ? 'bread.example' : behind === 'MailNode' ? 'second' : 'Anna’s bakery'

/** Of enumerations the first, but where that would be refused in most places. */
const enums: Record<string, string> = { TenantKind: 'CUSTOMER', Role: 'SUPPORT', AccessSubject: 'Domain' }
const enumSample = (type: string, names: string[]): string => enums[type] ?? names[0]!
