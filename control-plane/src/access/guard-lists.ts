/**
 * A list tells of a field also by what it finds and in which order, and in its cursors. By a field that the caller may not read of
 * each object that the list has for them, it is neither ordered nor filtered nor searched; and nothing is done to, or told of,
 * what a filter by such a field would find.
 */
import {
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isObjectType,
  type GraphQLArgument,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { ExpectedError } from '../platform/errors.js'
import { withExpectedErrors } from '../platform/graphql/guarded-fields.js'
import type { AdminContext } from './context.js'
import type { SubjectsOfTypes } from './guard-fields.js'
import { isReadableOfEach } from './readable-of-each.js'
import type { SubjectName } from './subjects.js'
import type { Viewer } from './viewer.js'

/**
 * At which fields a key of a list's filter looks, where it is not called as one of them: `search`, say; `Mailbox.address` is of another
 * kind than the list's.
 */
export type FilteredFields = Partial<Record<SubjectName, Readonly<Record<string, readonly string[]>>>>

interface ListArguments {
  orderBy?: { field: string } | null
  filter?: Record<string, unknown> | null
  input?: { filter?: Record<string, unknown> | null }
}

export function guardLists(schema: GraphQLSchema, subjects: SubjectsOfTypes, filtered: FilteredFields): void {
  for (const field of Object.values(schema.getQueryType()?.getFields() ?? {})) {
    const name = getNamedType(field.type).name.replace(/Connection$/, '') as SubjectName
    const type = schema.getType(name)
    const { resolve } = field
    if (!(name in subjects) || !isObjectType(type) || type === getNullableType(field.type) || !resolve) continue
    const usual = usualOrder(field.args)
    const filter = filterOf(schema, field.args, subjects, filtered)
    field.resolve = (source, args: ListArguments, context: AdminContext, info) => {
      const { viewer } = context
      const order = args.orderBy?.field ?? usual
      if (viewer && order) requireReadable(viewer, name, fieldOfOrder(order))
      if (viewer) filter?.(viewer, args)
      return resolve(source, args, context, info) as unknown
    }
  }
  guardSelections(schema, subjects, filtered)
}

/** What acts on all that a filter finds, or tells of it as it comes, tells by which objects those are. */
function guardSelections(schema: GraphQLSchema, subjects: SubjectsOfTypes, filtered: FilteredFields): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const check = filterOf(schema, field.args, subjects, filtered)
    const { resolve } = field
    if (!check || !resolve) continue
    field.resolve = withExpectedErrors<AdminContext, ListArguments>(async (source, args, context, info) => {
      if (context.viewer) check(context.viewer, args)
      return resolve(source, args, context, info)
    })
  }
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    const check = filterOf(schema, field.args, subjects, filtered)
    const { subscribe } = field
    if (!check || !subscribe) continue
    field.subscribe = (source, args, context: AdminContext, info) => {
      if (context.viewer) check(context.viewer, args)
      return subscribe(source, args, context, info)
    }
  }
}

type CheckFilter = (viewer: Viewer, args: ListArguments) => void

/** Looks at the argument `filter`, or at the one within `input`, of a kind of objects that are guarded. Null: there is none. */
function filterOf(
  schema: GraphQLSchema,
  args: readonly GraphQLArgument[],
  subjects: SubjectsOfTypes,
  filtered: FilteredFields,
): CheckFilter | null {
  const input = getNamedInput(args.find(({ name }) => name === 'input')?.type)
  const filter = getNamedInput((args.find(({ name }) => name === 'filter') ?? input?.getFields().filter)?.type)
  const name = filter?.name.replace(/Filter$/, '') as SubjectName
  const type = schema.getType(name)
  if (!filter || !(name in subjects) || !isObjectType(type)) return null
  const byKey = fieldsOfFilter(schema, filter, type, filtered[name] ?? {})
  return (viewer, { filter: direct, input: within }) => {
    for (const [key, value] of Object.entries(direct ?? within?.filter ?? {})) {
      if (value === null || value === undefined) continue
      for (const field of byKey.get(key) ?? []) requireReadable(viewer, ...placeOf(name, field))
    }
  }
}

const getNamedInput = (type: GraphQLInputType | undefined): GraphQLInputObjectType | undefined => {
  const named = type && getNullableType(type)
  return isInputObjectType(named) ? named : undefined
}

/** `Mailbox.address`: of another kind. */
function placeOf(name: SubjectName, field: string): [SubjectName, string] {
  const [subject, inner] = field.split('.')
  return inner === undefined ? [name, field] : [subject as SubjectName, inner]
}

function requireReadable(viewer: Viewer, subject: SubjectName, field: string): void {
  if (isReadableOfEach(viewer, subject, field)) return
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
  schema: GraphQLSchema,
  filter: GraphQLInputObjectType,
  type: GraphQLObjectType,
  filtered: Readonly<Record<string, readonly string[]>>,
): ReadonlyMap<string, readonly string[]> {
  const fields = type.getFields()
  const isThere = (field: string): boolean => {
    const [subject, name] = placeOf(type.name as SubjectName, field)
    const of = schema.getType(subject)
    return isObjectType(of) && name in of.getFields()
  }
  const found = new Map<string, readonly string[]>()
  for (const key of Object.keys(filter.getFields())) {
    const names = filtered[key] ?? namesOf(key).filter((name) => name in fields)
    if (!names.every(isThere) || (names.length === 0 && !key.endsWith('Id'))) {
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
