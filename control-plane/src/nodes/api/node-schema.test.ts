import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { buildSchema, lexicographicSortSchema, printSchema, type GraphQLSchema } from 'graphql'
import { expect, test } from 'vitest'
import { createNodeSchema } from './node-schema.js'

/** Without descriptions and without types that nothing uses. */
const shape = (schema: GraphQLSchema): string =>
  printSchema(lexicographicSortSchema(schema))
    .replace(/"""[\s\S]*?"""\n/g, '')
    .replace(/^scalar .*\n/gm, '')
    .replace(/^\s*\n/gm, '')

test('the schema is the contract', () => {
  const contract = readFileSync(new URL('../../../../schema/node.graphql', import.meta.url), 'utf8')
  expect(shape(createNodeSchema())).toBe(shape(buildSchema(contract)))
})
