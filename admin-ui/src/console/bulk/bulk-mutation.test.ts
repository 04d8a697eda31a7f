import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, validate } from 'graphql'
import { expect, test } from 'vitest'
import { bulkMutation } from './bulk-mutation.ts'

const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema/admin.graphql'), 'utf8'))

test.each(['Mailboxes', 'Domains', 'Aliases'] as const)(
  '%s can be changed and deleted as the schema has it',
  (plural) => {
    for (const operation of ['Update', 'Delete'] as const)
      expect(validate(schema, bulkMutation(operation, plural))).toEqual([])
  },
)

test('a mutation that the schema does not have would be noticed', () =>
  expect(validate(schema, bulkMutation('Delete', 'Nodes' as 'Domains'))).not.toEqual([]))
