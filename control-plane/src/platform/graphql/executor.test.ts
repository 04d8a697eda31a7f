/** A query that comes again is compiled: its answers stay those of graphql's interpreter, whichever way its input is written. */
import { buildSchema, execute, isObjectType, parse, type ExecutionResult, type OperationDefinitionNode } from 'graphql'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ExpectedError } from '../errors.js'
import { createExecutor } from './executor.js'

const schema = buildSchema(`
  enum Direction { ASC DESC }
  input Part { name: String!, direction: Direction! = DESC }
  input Order { field: String!, direction: Direction! = ASC, more: [Part!] = [] }
  type Query { list(order: Order, orders: [Order!], size: Int! = 10): String }
`)
schema.getQueryType()!.getFields().list!.resolve = (_, args) => JSON.stringify(args)

const cases: [string, string, object][] = [
  ['a variable', 'query ($order: Order) { list(order: $order) }', { order: { field: 'a' } }],
  ['a list of them', 'query ($orders: [Order!]) { list(orders: $orders) }', { orders: [{ field: 'a' }] }],
  ['one in place of a list', 'query ($orders: [Order!]) { list(orders: $orders) }', { orders: { field: 'a' } }],
  ['nested', 'query ($order: Order) { list(order: $order) }', { order: { field: 'a', more: [{ name: 'b' }] } }],
  ['given', 'query ($order: Order) { list(order: $order) }', { order: { field: 'a', direction: 'DESC' } }],
  ['a literal', '{ list(order: { field: "a" }) }', {}],
  ['a literal with a variable in it', 'query ($field: String!) { list(order: { field: $field }) }', { field: 'a' }],
  ['null', 'query ($order: Order) { list(order: $order) }', { order: null }],
  ['absent', 'query ($order: Order, $size: Int! = 7) { list(order: $order, size: $size) }', {}],
]

describe.each(cases)('%s', (_, text, variables) => {
  test('is the same interpreted and compiled', async () => {
    const document = parse(text)
    const operation = document.definitions[0] as OperationDefinitionNode
    const run = createExecutor(schema)
    const wanted = await execute({ schema, document, variableValues: variables as Record<string, unknown> })
    expect(wanted.errors).toBeUndefined()
    for (let time = 0; time < 4; time++) {
      const execution = { document, operation, operationName: null, variables: variables as Record<string, unknown> }
      const { data, errors } = await run(execution, {})
      expect(errors).toBeUndefined()
      expect(JSON.parse(data!.list as string)).toEqual(JSON.parse(wanted.data!.list as string))
    }
  })
})

const animals = buildSchema(`
  interface Animal { name: String! mother: Animal owner: Person! friends: [Animal!] maybe: [Animal]! weight: Int }
  type Cat implements Animal { name: String! mother: Animal owner: Person! friends: [Animal!] maybe: [Animal]! weight: Int lives: Int! }
  type Dog implements Animal { name: String! mother: Animal owner: Person! friends: [Animal!] maybe: [Animal]! weight: Int tricks: [String!]! }
  type Person { name: String! pets: [Animal!]! }
  type Query { animal: Animal! animals: [Animal!] person: Person }
`)
// Some are null where they must not be, some fail, at once or later, and some are promises.
const person = { name: 'Ada', pets: () => [cat, dog] }
const cat: Record<string, unknown> = {
  __typename: 'Cat',
  name: 'Tom',
  lives: () => Promise.resolve(null),
  mother: () => Promise.resolve(dog),
  owner: () => Promise.resolve(person),
  friends: () => Promise.resolve([dog, Promise.resolve(null)]),
  maybe: () => [dog, null, Promise.resolve(cat)],
  weight: () => Promise.reject(new ExpectedError('FORBIDDEN')),
}
const dog: Record<string, unknown> = {
  __typename: 'Dog',
  name: () => Promise.resolve('Rex'),
  tricks: Promise.resolve(['sit', null]),
  mother: null,
  owner: () => Promise.reject(new Error('nobody knows')),
  friends: () => Promise.resolve([cat]),
  maybe: [],
  weight: 12,
}
const zoo: Record<string, unknown> = { animal: () => cat, animals: () => Promise.resolve([cat, dog]), person }
for (const type of Object.values(animals.getTypeMap())) {
  if (!isObjectType(type) || type.name.startsWith('__')) continue
  for (const field of Object.values(type.getFields())) {
    field.resolve = (source: Record<string, unknown>) => {
      const value = (type.name === 'Query' ? zoo : source)[field.name]
      return typeof value === 'function' ? (value as () => unknown)() : value
    }
  }
}

const { selection } = fc.letrec<{ selection: string; field: string; person: string }>((tie) => ({
  selection: fc.array(tie('field'), { minLength: 1, maxLength: 3 }).map((fields) => fields.join(' ')),
  field: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      ...['name', 'weight', '__typename', '... on Cat { lives }', '... on Dog { tricks }', 'n: name', '...named'],
      ...['name @skip(if: $yes)', 'weight @include(if: $no)', '... @include(if: $yes) { w: weight }'],
    ),
    fc.tuple(fc.constantFrom('mother', 'friends', 'maybe', 'f: friends'), tie('selection')).map(nested),
    tie('person').map((inner) => `owner { ${inner} }`),
  ),
  person: fc.oneof(
    { maxDepth: 3 },
    fc.constant('name'),
    fc.tuple(fc.constant('name pets'), tie('selection')).map(nested),
  ),
}))

function nested([field, inner]: [string, string]): string {
  return `${field} { ${inner} }`
}

test('whatever is asked for, the compiled query answers and fails as the interpreter does', async () => {
  const roots = fc.constantFrom('animal', 'animals', 'person { pets')
  await fc.assert(
    fc.asyncProperty(roots, selection, fc.boolean(), async (root, inner, yes) => {
      const close = root.includes('{') ? '}' : ''
      const document = parse(
        `query ($yes: Boolean!, $no: Boolean = false) { ${root} { ${inner} } ${close} a: animal { ...named } __typename @skip(if: $no) @include(if: $yes) }
         fragment named on Animal { name mother { name } }`,
      )
      const operation = document.definitions[0] as OperationDefinitionNode
      const run = createExecutor(animals)
      const variables = { yes }
      const wanted = plain(await execute({ schema: animals, document, variableValues: variables }))
      for (let time = 0; time < 3; time++) {
        const execution = { document, operation, operationName: null, variables }
        expect(plain(await run(execution, {}))).toEqual(wanted)
      }
    }),
    { numRuns: 100 },
  )
})

/**
 * Of errors what a caller is told or decides, in whatever order. Beneath what became null as a whole it is open which ones are told
 * (GraphQL, October 2021, section 6.4.4).
 */
function plain({ data, errors = [] }: ExecutionResult) {
  const isThere = (path: readonly (string | number)[]) =>
    path.reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key] ?? null, data) !== null
  const told = errors
    .filter(({ path }) => isThere(path!.slice(0, -1)))
    .map(({ message, path, originalError }) => JSON.stringify([message, path, originalError instanceof ExpectedError]))
  return { data: JSON.parse(JSON.stringify(data)) as unknown, failed: errors.length > 0, told: told.sort() }
}
