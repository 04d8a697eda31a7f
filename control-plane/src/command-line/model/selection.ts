/**
 * What is asked for of an answer: without --fields each plain field, and of each object within it what names it. Fields that
 * want arguments are left out, and so is what would reach deeper than one look needs.
 */
import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isLeafType,
  isListType,
  isObjectType,
  isInterfaceType,
  isRequiredArgument,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
} from 'graphql'
import { usageFailure } from '../failures.js'

/** A field's name → what is selected of it; null: it is plain. */
export type Selection = Map<string, Selection | null>

type Composite = GraphQLObjectType | GraphQLInterfaceType
type Field = GraphQLField<unknown, unknown>

const fieldsOf = (type: Composite): Field[] =>
  Object.values(type.getFields()).filter((field) => !field.args.some(isRequiredArgument))
const isPlain = (field: Field): boolean => isLeafType(getNamedType(field.type))
const isList = (field: Field): boolean => isListType(getNullableType(field.type))
const isConnection = (type: GraphQLNamedType): boolean => type.name.endsWith('Connection')

export const compositeOf = (type: GraphQLNamedType): Composite | null =>
  isObjectType(type) || isInterfaceType(type) ? type : null

/** By these people know an object. */
const namingFields = ['id', 'name', 'displayName', 'address', 'displayAddress', 'email', 'hostName']

function namingOf(type: Composite): Selection {
  const named = fieldsOf(type).filter((field) => isPlain(field) && namingFields.includes(field.name))
  const shown = named.length > 0 ? named : fieldsOf(type).filter((field) => isPlain(field) && !isList(field))
  return new Map(shown.map((field) => [field.name, null]))
}

/** `lists`: also lists of objects, for one object by itself. */
export function defaultSelection(type: Composite, lists: boolean): Selection {
  const selection: Selection = new Map()
  if (isAbstractType(type)) selection.set('__typename', null)
  for (const field of fieldsOf(type)) {
    const inner = compositeOf(getNamedType(field.type))
    if (isPlain(field)) selection.set(field.name, null)
    else if (!inner || isConnection(inner)) continue
    else if (!isList(field)) {
      // What has an id is an object of its own; what has none is part of this one.
      const part = !('id' in inner.getFields()) && lists
      selection.set(field.name, part ? plainOf(inner) : namingOf(inner))
    } else if (lists) selection.set(field.name, 'id' in inner.getFields() ? namingOf(inner) : plainOf(inner))
  }
  return selection
}

const plainOf = (type: Composite): Selection => {
  const plain = fieldsOf(type).filter(isPlain)
  return plain.length > 0 ? new Map(plain.map((field) => [field.name, null])) : new Map([['__typename', null]])
}

/** `id,name,domain.tenant.name`; a path that ends at an object shows what names it. */
export function chosenSelection(type: Composite, list: string): Selection {
  const selection: Selection = new Map()
  for (const path of list.split(',').map((part) => part.trim())) {
    if (path !== '') choose(selection, type, path.split('.'), path)
  }
  if (selection.size === 0) throw usageFailure('--fields: no field')
  return selection
}

function choose(selection: Selection, type: Composite, [name = '', ...rest]: string[], path: string): void {
  const field = fieldsOf(type).find((each) => each.name === name)
  if (!field) {
    const known = fieldsOf(type).map((each) => each.name)
    throw usageFailure(`--fields: ${path}: ${type.name} has ${known.join(', ')}`)
  }
  const inner = compositeOf(getNamedType(field.type))
  if (!inner || isPlain(field)) {
    if (rest.length > 0) throw usageFailure(`--fields: ${path}: ${name} has no fields`)
    selection.set(name, null)
    return
  }
  const within = selection.get(name) ?? new Map()
  selection.set(name, within)
  if (rest.length > 0) choose(within, inner, rest, path)
  else for (const [key, value] of namingOf(inner)) within.set(key, value)
}

export const printSelection = (selection: Selection): string =>
  `{ ${[...selection].map(([name, inner]) => (inner ? `${name} ${printSelection(inner)}` : name)).join(' ')} }`
