/** The committed contracts are what the resolvers emit, descriptions and all. */
import 'reflect-metadata'
import { readFileSync } from 'node:fs'
import { printSchema, type GraphQLSchema } from 'graphql'
import { expect, test } from 'vitest'
import { contracts } from './contracts.js'

test.each(Object.entries(contracts))('schema/%s', (name, emit) => {
  const committed = readFileSync(new URL(`../../schema/${name}`, import.meta.url), 'utf8')
  const schema: GraphQLSchema = emit()
  expect(committed).toBe(`${printSchema(schema)}\n`)
})
