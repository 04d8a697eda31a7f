/**
 * A list tells of a field also by what it finds and in which order, and in its cursors. By a field that the caller may not read of
 * each object that the list has for them, it is neither ordered nor filtered nor searched.
 */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { ExpectedError } from '../platform/errors.js'
import { hasFieldRules } from './authorize.js'
import type { AdminContext } from './context.js'
import type { SubjectsOfTypes } from './guard-fields.js'
import { covers } from './rules.js'
import type { SubjectName } from './subjects.js'
import type { Viewer } from './viewer.js'

/** At which fields a key of a list's filter looks, where it is not called as one of them: `search`, say. */
export type FilteredFields = Partial<Record<SubjectName, Readonly<Record<string, readonly string[]>>>>

interface ListArguments {
  orderBy?: { field: string } | null
  filter?: Record<string, unknown> | null
}

export function guardLists(schema: GraphQLSchema, subjects: SubjectsOfTypes, filtered: FilteredFields): void {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const name = getNamedType(field.type).name.replace(/Connection$/, '') as SubjectName
    const type = schema.getType(name)
    const { resolve } = field
    if (!(name in subjects) || !isObjectType(type) || type === getNullableType(field.type) || !resolve) continue
    const usual = usualOrder(field.args)
    const byKey = fieldsOfFilter(field.args, type, filtered[name] ?? {})
    field.resolve = (source, args: ListArguments, context: AdminContext, info) => {
      const { viewer } = context
      if (viewer && hasFieldRules(viewer, 'read', name)) {
        const order = args.orderBy?.field ?? usual
        const given = Object.entries(args.filter ?? {}).filter(([, value]) => value !== null && value !== undefined)
        const used = [...(order ? [fieldOfOrder(order)] : []), ...given.flatMap(([key]) => byKey.get(key) ?? [])]
        for (const one of used) requireReadable(viewer, name, one)
      }
      return resolve(source, args, context, info) as unknown
    }
  }
}

function requireReadable({ rules }: Viewer, subject: SubjectName, field: string): void {
  const shown = rules.filter(
    (rule) =>
      [subject, 'all'].includes(rule.subject) && rule.actions.some((action) => ['read', 'manage'].includes(action)),
  )
  const wanted = shown.flatMap((rule) => {
    if (rule.effect === 'DENY') return rule.fields ? [] : [rule]
    return [{ ...rule, actions: ['read' as const], subject, fields: [field] }]
  })
  if (covers(rules, wanted)) return
  const message = `You may not read \`${field}\` of each of these, and so neither order nor find them by it.`
  throw new ExpectedError('FORBIDDEN', { message, params: { field } })
}

/** `CREATED_AT`: createdAt. */
const fieldOfOrder = (order: string): string =>
  order.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

/** Without `orderBy`: the first that may be named there. */
function usualOrder(args: readonly GraphQLArgument[]): string | null {
  const order = args.find(({ name }) => name === 'orderBy')
  const type = order && getNullableType(order.type)
  const field = isInputObjectType(type) ? getNamedType(type.getFields().field!.type) : null
  return isEnumType(field) ? field.getValues()[0]!.name : null
}

/** Ids of what the objects lie within name no field of theirs; rules know the place besides. */
function fieldsOfFilter(
  args: readonly GraphQLArgument[],
  type: GraphQLObjectType,
  filtered: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly string[]> {
  const filter = args.find(({ name }) => name === 'filter')
  const input = filter && getNullableType(filter.type)
  const fields = type.getFields()
  const found = new Map<string, readonly string[]>()
  for (const key of isInputObjectType(input) ? Object.keys(input.getFields()) : []) {
    const names = filtered[key] ?? namesOf(key).filter((name) => name in fields)
    if (!names.every((name) => name in fields) || (names.length === 0 && !key.endsWith('Id'))) {
      throw new Error(`${type.name}: which fields does the filter ${key} look at?`)
    }
    found.set(key, names)
  }
  return found
}

const namesOf = (key: string): string[] => [
  key === 'deleted' ? 'deletedAt' : key.endsWith('Id') ? key.slice(0, -2) : key,
  ...(key.endsWith('s') && key !== 'status' ? [key.slice(0, -1)] : []),
]
