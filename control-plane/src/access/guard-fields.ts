/**
 * What is read is checked once more where it leaves: each object, whichever way led to it, and each field where rules tell fields
 * apart. A mailbox that one may read is no way to a domain that one may not.
 *
 * What may not be read is refused at its place, with FORBIDDEN: null would say that there is none.
 */
import { isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { ExpectedError } from '../platform/errors.js'
import { hasFieldRules } from './authorize.js'
import type { AdminContext } from './context.js'
import type { PermissionSubject, SubjectName } from './subjects.js'
import type { Viewer } from './viewer.js'

/** How an object of the API is seen by rules. */
export type SubjectsOfTypes = Partial<Record<SubjectName, (object: never) => PermissionSubject>>

/** Whether rules about single fields of such objects are held to where they are read. */
export const hasGuardedFields = (type: GraphQLObjectType): boolean => type.extensions['guardedFields'] === true

export function guardObjectFields(schema: GraphQLSchema, subjects: SubjectsOfTypes): void {
  for (const [name, subjectOf] of Object.entries(subjects) as [SubjectName, (object: unknown) => PermissionSubject][]) {
    const type = schema.getType(name)
    if (!isObjectType(type)) throw new Error(`there is no type ${name}`)
    type.extensions = { ...type.extensions, guardedFields: true }
    for (const field of Object.values(type.getFields())) {
      const { resolve, name: fieldName } = field
      if (!resolve) throw new Error(`${name}.${fieldName} has no resolver`)
      field.resolve = (source, args, context: AdminContext, info) => {
        if (!mayRead(context.viewer, name, source as object, subjectOf, fieldName)) {
          throw new ExpectedError('FORBIDDEN', { params: { field: fieldName } })
        }
        return resolve(source, args, context, info) as unknown
      }
    }
  }
}

/** Objects that were found readable as a whole, so that each is asked about once in a request and not once a field. */
const readable = new WeakMap<Viewer, WeakSet<object>>()

function mayRead(
  viewer: Viewer | null,
  name: SubjectName,
  object: object,
  subjectOf: (object: unknown) => PermissionSubject,
  field: string,
): boolean {
  if (!viewer) return false
  if (hasFieldRules(viewer, 'read', name)) return viewer.ability.can('read', subjectOf(object), field)
  let known = readable.get(viewer)
  if (!known) readable.set(viewer, (known = new WeakSet()))
  if (known.has(object)) return true
  if (!viewer.ability.can('read', subjectOf(object))) return false
  known.add(object)
  return true
}
