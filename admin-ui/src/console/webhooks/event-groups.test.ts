import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSchema, isEnumType } from 'graphql'
import { expect, test } from 'vitest'
import { changedKinds, eventsOf, mailEvents, wireName } from './event-groups.ts'

test('every event of the API is offered, and none that there is not', () => {
  const schema = buildSchema(readFileSync(join(import.meta.dirname, '../../../../schema/admin.graphql'), 'utf8'))
  const type = schema.getType('WebhookEventType')
  const all = isEnumType(type) ? type.getValues().map((value) => value.name) : []
  const offered: string[] = [...mailEvents, ...changedKinds.flatMap(eventsOf)]
  expect(offered.sort()).toEqual(all.filter((name) => name !== 'WEBHOOK_PING').sort())
})

test('events are named as receivers see them', () => {
  expect(wireName('MAIL_AUTH_FAILED')).toBe('mail.auth_failed')
  expect(wireName('MAIL_NODE_CREATED')).toBe('mail_node.created')
  expect(wireName('DKIM_KEY_UPDATED')).toBe('dkim_key.updated')
  expect(wireName('WEBHOOK_PING')).toBe('webhook.ping')
})
