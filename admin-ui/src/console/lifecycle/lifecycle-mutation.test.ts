import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, validate } from 'graphql'
import { expect, test } from 'vitest'
import { lifecycleMutation, receivingKinds, restorableKinds, type LifecycleKind } from './lifecycle-mutation.ts'

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema/admin.graphql'), 'utf8'))
const kinds = Object.keys(schema.getMutationType()!.getFields())
  .filter((name) => name.startsWith('suspend'))
  .map((name) => name.slice('suspend'.length) as LifecycleKind)

test.each(kinds)('%s can be suspended, resumed and deleted as the schema has it', (kind) => {
  for (const step of ['suspend', 'resume', 'delete'] as const)
    expect(validate(schema, lifecycleMutation(step, kind))).toEqual([])
  if (restorableKinds.includes(kind)) expect(validate(schema, lifecycleMutation('restore', kind))).toEqual([])
  if (receivingKinds.includes(kind))
    expect(validate(schema, lifecycleMutation('suspend', kind, ', receiving: true'))).toEqual([])
})

test('a kind that the schema does not have would be noticed', () => {
  expect(validate(schema, lifecycleMutation('suspend', 'Nothing' as LifecycleKind))).not.toEqual([])
})
