/** Markdown of the reference: fields with their arguments, permission, cost, command and example; types; errors. */
import { errorCodes } from '@mailfleet/schema'
import {
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  parse,
  type GraphQLArgument,
  type GraphQLNamedType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { flagOf } from '../command-line/help.js'
import type { Command } from '../command-line/model/commands.js'
import { operationCost } from '../platform/graphql/operation-cost.js'
import { exampleOf, type Samples } from './examples.js'

const oneLine = (text: string | null | undefined): string => (text ?? '').replace(/\s+/g, ' ').trim()
const cell = (text: string | null | undefined): string => oneLine(text).replaceAll('|', '\\|')
const anchor = (name: string): string => name.toLowerCase()

export const generated = 'Emitted by `node control-plane/dist/emit-schemas.js`; do not edit.'

/** The same in each run. */
const shown: Samples = { id: () => '0199f3a2-6c1d-7c3e-9a41-5d2f8b7e6a10', time: '2027-01-31T00:00:00Z' }

const typeLink = (type: { toString(): string }): string => {
  const name = String(type).replace(/[[\]!]/g, '')
  return builtIn.has(name) ? `\`${String(type)}\`` : `[\`${String(type)}\`](types.md#${anchor(name)})`
}
const builtIn = new Set(['ID', 'Int', 'String', 'Boolean', 'Float'])

/** What a field declares (`Allow`, `SignedIn`, `Public`), in words. */
function permissionOf(permission: unknown): string {
  if (permission === 'public') return 'none: anybody may call it'
  const { action, subject } = permission as { action?: string; subject?: string }
  if (!action || !subject) return 'being signed in: it is about oneself, or decides by what it names'
  return `\`${action}\` on \`${subject}\``
}

export function fieldsPage(title: string, schema: GraphQLSchema, commands: Command[], kind: Command['kind']): string {
  const own = commands
    .filter((command) => command.kind === kind)
    .sort((a, b) => a.field.name.localeCompare(b.field.name, 'en'))
  const index = own.map(
    ({ field, description }) => `| [${field.name}](#${anchor(field.name)}) | ${cell(description)} |`,
  )
  return [
    `# ${title}\n\n${generated} What all of them have in common is in [api.md](../api.md).\n`,
    `| ${kind} | |\n|---|---|\n${index.join('\n')}\n`,
    ...own.map((command) => fieldSection(schema, command)),
  ].join('\n')
}

function fieldSection(schema: GraphQLSchema, command: Command): string {
  const { field, kind, description, path, parameters } = command
  const declared = getRootField(schema, kind, field.name)
  const example = exampleOf(command, shown)
  const parsed = parse(example.document)
  const cost = operationCost(schema, parsed, parsed.definitions[0] as OperationDefinitionNode, example.variables)
  const flags = parameters.filter(({ required }) => required).map((parameter) => flagOf(parameter))
  return [
    `## ${field.name}\n`,
    `${description}\n`,
    ...(field.args.length > 0 ? [argumentTable(field.args)] : []),
    `- Answer: ${typeLink(field.type)}`,
    `- Permission: ${permissionOf(declared.extensions.permission)}`,
    `- Cost of the example: ${cost} points`,
    `- Command: \`${['mailfleet', ...path, ...flags].join(' ')}\`\n`,
    `\`\`\`graphql\n${example.document}\n\`\`\`\n`,
    ...(Object.keys(example.variables).length > 0
      ? [`\`\`\`json\n${JSON.stringify(example.variables, null, 2)}\n\`\`\`\n`]
      : []),
  ].join('\n')
}

function getRootField(schema: GraphQLSchema, kind: Command['kind'], name: string) {
  const root = {
    query: schema.getQueryType(),
    mutation: schema.getMutationType(),
    subscription: schema.getSubscriptionType(),
  }
  return root[kind]!.getFields()[name]!
}

function argumentTable(args: readonly GraphQLArgument[]): string {
  const rows = args.map(({ name, type, description, defaultValue }) => {
    const preset = defaultValue === undefined ? '' : ` Without: \`${JSON.stringify(defaultValue)}\`.`
    return `| \`${name}\` | ${typeLink(type)} | ${cell(`${description ?? ''}${preset}`)} |`
  })
  return `| argument | type | |\n|---|---|---|\n${rows.join('\n')}\n`
}

export function typesPage(schema: GraphQLSchema): string {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
  const types = Object.values(schema.getTypeMap())
    .filter((type) => !type.name.startsWith('__') && !roots.includes(type as never) && !isSpecifiedScalarType(type))
    .sort((a, b) => a.name.localeCompare(b.name, 'en'))
  return [`# Types\n\n${generated}\n`, ...types.map(typeSection)].join('\n')
}

function typeSection(type: GraphQLNamedType): string {
  return [
    `## ${type.name}\n`,
    ...(type.description ? [`${oneLine(type.description)}\n`] : []),
    `${contentOf(type)}\n`,
  ].join('\n')
}

function contentOf(type: GraphQLNamedType): string {
  if (isEnumType(type)) {
    const rows = type.getValues().map(({ name, description }) => `| \`${name}\` | ${cell(description)} |`)
    return `| value | |\n|---|---|\n${rows.join('\n')}`
  }
  if (isScalarType(type)) return 'A scalar.'
  const fields =
    isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : []
  const rows = fields.map(
    ({ name, type: inner, description }) => `| \`${name}\` | ${typeLink(inner)} | ${cell(description)} |`,
  )
  return `| ${isInputObjectType(type) ? 'input field' : 'field'} | type | |\n|---|---|---|\n${rows.join('\n')}`
}

export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(([code, message]) => `| \`${code}\` | ${cell(message)} |`)
  return `# Error codes\n\n${generated} When each comes and what to do is in [api-errors.md](../api-errors.md).\n\n| code | message |\n|---|---|\n${rows.join('\n')}\n`
}
