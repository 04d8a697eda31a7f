import { afterEach, beforeEach, expect, test } from 'vitest'
import type { MessageContent } from '../message/message-content.js'
import type { MessageColumn, OpenedMailStore, StoredMessage } from './index.js'
import { bufferContent, openTestStore, summarize, temporaryFolder } from './test-support/store-fixture.js'

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore

/** Octets that are no UTF-8, NIL, and one of the entries too long to be gathered. */
const summary = async (content: MessageContent) => ({
  ...(await summarize(content)),
  envelope: Buffer.from(`("${'\xe4\xff'.repeat(content.size === 7 ? 20_000 : content.size)}" NIL)`, 'latin1'),
  bodyStructure: Buffer.from(content.size % 2 === 0 ? '' : `("TEXT" ${content.size})`),
  subject: `Betreff "${content.size}" ü`,
  sentAt: content.size % 3 === 0 ? null : content.size,
})

beforeEach(async () => {
  folder = await temporaryFolder()
  store = await openTestStore(folder.path, { summarize: summary })
})
afterEach(async () => {
  await store.close()
  await folder.remove()
})

const columns: MessageColumn[] = [
  'size',
  'receivedAt',
  'sentAt',
  'subject',
  'from',
  'envelope',
  'body',
  'bodyStructure',
]

function expectSame(message: StoredMessage, row: Record<string, unknown>): void {
  const { size, receivedAt, sentAt, subject, from } = message
  expect(row).toMatchObject({ size, receivedAt, sentAt, subject, from })
  for (const name of ['envelope', 'body', 'bodyStructure'] as const)
    expect(row[name]).toBe(message[name].length > 16_384 ? null : message[name].toString('latin1'))
}

test.each([
  ['all', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
  ['few and far between', [2, 12]],
  ['with those that are gone', [3, 4, 5, 99]],
  ['none', []],
])('columns tell what messages tell: %s', async (_name, uids) => {
  const inbox = (await store.mailbox('a', 'INBOX'))!.id
  for (let size = 1; size <= 12; size++) await store.deliver(bufferContent(Buffer.alloc(size)), [{ accountId: 'a' }])
  await store.expunge(inbox, [4], true)
  const read = await store.columns(inbox, uids, columns)
  const messages = await store.messages(inbox, uids)
  for (const message of messages) {
    const at = read.uids.indexOf(message.uid)
    expectSame(message, Object.fromEntries(columns.map((column) => [column, read[column]![at]])))
  }
  expect(read.uids.filter((uid) => uids.includes(uid))).toEqual(messages.map(({ uid }) => uid))
  expect([...read.uids].sort((a, b) => a - b)).toEqual(read.uids)
})
