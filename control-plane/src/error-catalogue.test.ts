/** The catalogue of error codes, the SDL and the documentation say the same. (The console's texts are tested there.) */
import 'reflect-metadata'
import { readdirSync, readFileSync } from 'node:fs'
import { errorCodes } from '@mailfleet/schema'
import { buildSchema, GraphQLEnumType } from 'graphql'
import { expect, test } from 'vitest'
import { createAdminSchema } from './admin-schema.js'

const codes = Object.keys(errorCodes).sort()
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const valuesOf = (type: unknown) =>
  (type as GraphQLEnumType)
    .getValues()
    .map((value) => value.name)
    .sort()

test('the emitted and the written schema', () => {
  expect(valuesOf(createAdminSchema().getType('ErrorCode'))).toEqual(codes)
  expect(valuesOf(buildSchema(read('schema/admin.graphql')).getType('ErrorCode'))).toEqual(codes)
})

test('the documentation', () => {
  const documented = [...read('docs/api-errors.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1])
  expect(documented.sort()).toEqual(codes)
})

test('the code throws no other, and each of them somewhere', () => {
  const sources = readdirSync(new URL('.', import.meta.url), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('test-support'))
    .map((file) => readFileSync(new URL(file, import.meta.url), 'utf8'))
    .join('\n')
  const thrown = [...sources.matchAll(/(?:ExpectedError\(|errorCode: |code: )'([A-Z_]+)'/g)].map((match) => match[1]!)
  for (const code of thrown) expect(codes).toContain(code)
  for (const code of codes) expect(sources, code).toContain(`'${code}'`)
})
