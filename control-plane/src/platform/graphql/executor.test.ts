/** A query that comes again is compiled: its answers stay those of graphql's interpreter, whichever way its input is written. */
import { buildSchema, execute, parse, type OperationDefinitionNode } from 'graphql'
import { describe, expect, test } from 'vitest'
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
