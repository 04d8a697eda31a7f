/**
 * PATCH of RFC 7644 section 3.5.2, on a resource as it is shown: the result is then taken as a PUT would be. So there is one place
 * that says what may be changed and how.
 */
import { parseFilter } from './scim-filter.js'
import { invalid } from './scim-error.js'

type Resource = Record<string, unknown>
const maxOperations = 100
const pathPattern =
  /^(?:urn:ietf:params:scim:schemas:core:2\.0:(?:User|Group):)?([A-Za-z][\w-]*)(?:\[(.+)\])?(?:\.([A-Za-z][\w-]*))?$/

export function applyPatch(resource: Resource, body: unknown): Resource {
  const operations = isObject(body) ? (fieldOf(body, 'Operations') as unknown) : undefined
  if (!Array.isArray(operations) || operations.length === 0) throw invalid('invalidSyntax', '`Operations` is a list.')
  if (operations.length > maxOperations) throw invalid('tooMany', `At most ${maxOperations} operations.`)
  const changed = structuredClone(resource)
  for (const operation of operations as unknown[]) applyOne(changed, operation)
  return changed
}

function applyOne(resource: Resource, operation: unknown): void {
  if (!isObject(operation)) throw invalid('invalidSyntax', 'An operation is an object.')
  const verb = String(operation.op).toLowerCase()
  if (!['add', 'replace', 'remove'].includes(verb)) throw invalid('invalidSyntax', `There is no operation “${verb}”.`)
  const { path, value } = operation
  if (path === undefined) {
    if (verb === 'remove') throw invalid('noTarget', 'What is removed is named by a path.')
    if (!isObject(value)) throw invalid('invalidValue', 'Without a path the value is an object.')
    // Some clients name paths in the keys.
    for (const [name, inner] of Object.entries(value)) change(resource, verb, name, inner)
    return
  }
  change(resource, verb, String(path), value)
}

function change(resource: Resource, verb: string, path: string, value: unknown): void {
  const [, attribute, filter, sub] = pathPattern.exec(path) ?? []
  if (attribute === undefined) throw invalid('invalidPath', 'The path is not well-formed.')
  const key = keyOf(resource, attribute)
  if (filter !== undefined) return changeMatching(resource, key, parseFilter(filter), verb, sub, value)
  if (sub !== undefined) {
    const inner = isObject(resource[key]) ? (resource[key] as Resource) : {}
    resource[key] = inner
    if (verb === 'remove') delete inner[keyOf(inner, sub)]
    else inner[keyOf(inner, sub)] = value
    return
  }
  const current = resource[key]
  if (verb === 'remove') {
    // Of a list the values that are given, as clients that have no filters ask for it.
    if (Array.isArray(current) && Array.isArray(value)) {
      const gone = new Set(value.map(valueOf))
      resource[key] = current.filter((one) => !gone.has(valueOf(one)))
    } else delete resource[key]
    return
  }
  if (verb === 'add' && (Array.isArray(current) || Array.isArray(value))) {
    const before: unknown[] = Array.isArray(current) ? current : []
    const known = new Set(before.map(valueOf))
    const more = (Array.isArray(value) ? value : [value]).filter((one) => !known.has(valueOf(one)))
    resource[key] = [...before, ...more]
  } else if (isObject(current) && isObject(value)) resource[key] = { ...current, ...value }
  else resource[key] = value
}

function changeMatching(
  resource: Resource,
  key: string,
  matches: (item: unknown) => boolean,
  verb: string,
  sub: string | undefined,
  value: unknown,
): void {
  const items = resource[key]
  const list: unknown[] = Array.isArray(items) ? items : []
  if (!list.some(matches)) {
    if (verb === 'remove') return
    throw invalid('noTarget', 'The filter of the path meets nothing.')
  }
  if (verb === 'remove' && sub === undefined) {
    resource[key] = list.filter((item) => !matches(item))
    return
  }
  for (const item of list.filter(matches)) {
    if (!isObject(item)) continue
    if (verb === 'remove') delete item[keyOf(item, sub!)]
    else if (sub !== undefined) item[keyOf(item, sub)] = value
    else if (isObject(value)) Object.assign(item, value)
  }
}

const forbidden = new Set(['__proto__', 'constructor', 'prototype'])

/** The name that the resource has for it; names are compared without regard to case. */
function keyOf(object: Resource, name: string): string {
  if (forbidden.has(name)) throw invalid('invalidPath', 'There is no such attribute.')
  return Object.keys(object).find((one) => one.toLowerCase() === name.toLowerCase()) ?? name
}
export const fieldOf = (object: Resource, name: string): unknown => object[keyOf(object, name)]

const valueOf = (item: unknown): unknown => (isObject(item) && 'value' in item ? item.value : JSON.stringify(item))

export const isObject = (value: unknown): value is Resource =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
