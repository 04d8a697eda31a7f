/** Requests that are too much in one way each and valid but for that, for any field of a schema: found by walking its types. */
import {
  getNamedType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { fieldsOf, type RootField } from './schema-walk.js'

interface Step {
  type: GraphQLObjectType
  /** The selection within the type before, around what is selected in this one. */
  around: (inner: string) => string
}

/** Where one gets from a type without being asked for an argument. */
function* stepsFrom(schema: GraphQLSchema, type: GraphQLObjectType): Generator<Step> {
  for (const field of fieldsOf(type)) {
    if (field.args.some(isRequiredArgument)) continue
    const named: GraphQLNamedType = getNamedType(field.type)
    if (isObjectType(named)) yield { type: named, around: (inner) => `${field.name} { ${inner} }` }
    if (!isInterfaceType(named)) continue
    for (const possible of schema.getPossibleTypes(named)) {
      yield { type: possible, around: (inner) => `${field.name} { ... on ${possible.name} { ${inner} } }` }
    }
  }
}

/** `depth` objects within each other; null where there are not so many. */
function deepSelection(schema: GraphQLSchema, type: GraphQLObjectType, depth: number): string | null {
  if (depth === 0) return '__typename'
  for (const step of stepsFrom(schema, type)) {
    const inner = deepSelection(schema, step.type, depth - 1)
    if (inner !== null) return step.around(inner)
  }
  return null
}

/** The lists within `depth` objects, each with a page of a milliard. */
function* pages(schema: GraphQLSchema, type: GraphQLObjectType, depth: number): Generator<[string, string]> {
  for (const { name, args } of fieldsOf(type)) {
    if (!args.some((argument) => argument.name === 'first')) continue
    yield [`${type.name}.${name}`, `${name}(first: 1000000000) { nodes { __typename } }`]
  }
  if (depth === 0) return
  for (const step of stepsFrom(schema, type)) {
    for (const [name, selection] of pages(schema, step.type, depth - 1)) yield [name, step.around(selection)]
  }
}

const many = (count: number, one: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => one(index)).join(' ')

/** What is wrong, and the request. `given`: the value of each argument that must be given. */
export function tooMuchOf(
  schema: GraphQLSchema,
  kind: 'query' | 'subscription',
  field: RootField,
  given: string,
): [string, string][] {
  const type = getNamedType(field.type) as GraphQLObjectType
  const needs = field.args.filter(isRequiredArgument).map(({ name }) => `${name}: "${given}"`)
  const root = `${field.name}${needs.length > 0 ? `(${needs.join(', ')})` : ''}`
  const asking = (selection: string): string => `${kind} { ${root} { ${selection} } }`
  const deep = deepSelection(schema, type, 6)
  return [
    ['16 aliases', asking(many(16, (index) => `a${index}: __typename`))],
    ['1,001 tokens', asking(many(1_000, () => '__typename'))],
    ...(deep === null ? [] : [['depth 7', asking(deep)] as [string, string]]),
    ...[...new Map(pages(schema, type, 2))].map(([name, selection]): [string, string] => [
      `a page of a milliard of ${name}`,
      asking(selection),
    ]),
  ]
}
