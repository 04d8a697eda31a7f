/**
 * The commands, derived from the SDL: a field that is new there is a command, without being named here.
 *
 * - a list is `<object> list`, a field named after its object `<object> get`, any other query goes by its own name
 * - a mutation is `<object> <verb>`: `suspendTenant` is `tenant suspend`
 * - a subscription is `<object> watch`
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { buildSchema, getNamedType, isObjectType, type GraphQLField, type GraphQLSchema } from 'graphql'
import { kebab, lowerFirst, mutationPath, plural, subscriptionPath } from './names.js'
import { parametersOf, type Parameter } from './parameters.js'

export interface Command {
  /** One or two words. */
  path: string[]
  kind: 'query' | 'mutation' | 'subscription'
  field: GraphQLField<unknown, unknown>
  parameters: Parameter[]
  /** Whether it answers with pages of a connection. */
  isList: boolean
  /** Its first line says what it does. */
  description: string
  /** A query that finds the object by its id and knows its version. */
  versionQuery: string | null
}

export interface CommandModel {
  schema: GraphQLSchema
  commands: Command[]
}

export function readCommandModel(): CommandModel {
  return commandModel(readFileSync(createRequire(import.meta.url).resolve('@mailfleet/schema/admin.graphql'), 'utf8'))
}

export function commandModel(sdl: string): CommandModel {
  const schema = buildSchema(sdl)
  const commands = [
    ...fieldsOf(schema, 'query').map((field) => queryCommand(field)),
    ...fieldsOf(schema, 'mutation').map((field) => mutationCommand(schema, field)),
    ...fieldsOf(schema, 'subscription').map((field) => command('subscription', field, subscriptionPath(field.name))),
  ]
  const taken = new Set<string>()
  for (const each of commands) {
    // Of two that would be the same command the later one goes by the name of its field.
    if (taken.has(each.path.join(' '))) each.path = [kebab(each.field.name)]
    taken.add(each.path.join(' '))
  }
  return { schema, commands: commands.sort((a, b) => a.path.join(' ').localeCompare(b.path.join(' '), 'en')) }
}

type Field = GraphQLField<unknown, unknown>

function fieldsOf(schema: GraphQLSchema, kind: Command['kind']): Field[] {
  const type = { query: schema.getQueryType(), mutation: schema.getMutationType() }[kind as 'query']
  return Object.values((kind === 'subscription' ? schema.getSubscriptionType() : type)?.getFields() ?? {})
}

function command(kind: Command['kind'], field: Field, path: string[], isList = false): Command {
  const parameters = parametersOf(field)
  return { path, kind, field, parameters, isList, description: described(field, path), versionQuery: null }
}

function queryCommand(field: Field): Command {
  const type = getNamedType(field.type).name
  const node = type.replace(/Connection$/, '')
  if (node !== type && plural(lowerFirst(node)) === field.name)
    return command('query', field, [kebab(node), 'list'], true)
  if (lowerFirst(type) === field.name) return command('query', field, [kebab(type), 'get'])
  return command('query', field, [kebab(field.name)], node !== type)
}

function mutationCommand(schema: GraphQLSchema, field: Field): Command {
  const about = parametersOf(field)
    .find(({ type }) => getNamedType(type).name === 'ID')
    ?.path.at(-1)
  const path = mutationPath(field.name, about && about !== 'id' ? kebab(about.replace(/Id$/, '')) : null)
  return { ...command('mutation', field, path), versionQuery: versionQueryFor(schema, path[0]!) }
}

function versionQueryFor(schema: GraphQLSchema, group: string): string | null {
  const found = fieldsOf(schema, 'query').find((field) => kebab(field.name) === group)
  const type = found && getNamedType(found.type)
  return isObjectType(type) && type.getFields().version && found!.args.some(({ name }) => name === 'id')
    ? found!.name
    : null
}

function described(field: Field, path: string[]): string {
  if (field.description) return field.description.replace(/\s+/g, ' ').trim()
  const [group = '', verb] = path
  const noun = group.replaceAll('-', ' ')
  if (!verb) return ''
  if (verb === 'list') return `Lists ${plural(noun)}.`
  if (verb === 'watch') return `Shows each ${noun} as it comes.`
  return `${verb === 'get' ? 'Shows' : `${verb[0]!.toUpperCase()}${verb.slice(1)}s`} ${/^[aeiou]/.test(noun) ? 'an' : 'a'} ${noun}.`
}
