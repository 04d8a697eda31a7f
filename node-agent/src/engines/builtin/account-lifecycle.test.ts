/** Mailboxes that come and go, over the real store. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ConfigChange, ConfigResource } from '@mailfleet/schema'
import { configKey } from '@mailfleet/schema'
import { InMemoryDirectory } from '../../config/in-memory-directory.js'
import { AccountLifecycle } from './account-lifecycle.js'
import { summarizeMessage } from './message/index.js'
import { openMailStore } from './store/index.js'
import type { OpenedMailStore } from './store/index.js'

const logger = pino({ level: 'silent' })
const put = (resource: ConfigResource): ConfigChange => ({ key: configKey(resource), version: 1, resource })
const settings = put({
  kind: 'NodeSettings',
  id: 'n',
  hostName: 'node.example',
  status: 'ACTIVE',
  maxMessageBytes: 65_536,
  maxRecipients: 10,
  outboundRoutes: [],
  retryDelays: [60],
  maxQueueAge: 60,
  purgeAfterDays: 30,
  oauthIssuers: [],
})
const mailbox = (id: string) =>
  put({
    kind: 'Mailbox',
    id,
    domainId: 'd',
    address: `${id}@example.org`,
    displayName: '',
    status: 'ACTIVE',
    passwordHash: '',
    quotaBytes: null,
    members: [],
  })
const content = { size: 12, buffer: Buffer.from('A: b\r\n\r\nc\r\n\r\n').subarray(0, 12) }

let folder: string
let directory: InMemoryDirectory
let store: OpenedMailStore
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'accounts-'))
  directory = new InMemoryDirectory('node.example')
  store = await openMailStore({
    dataDir: folder,
    summarize: summarizeMessage,
    quotaOf: () => null,
    accountExists: (id) => directory.mailboxById(id) !== undefined,
    shards: 1,
    purgeAfterDays: () => 30,
  })
})
afterEach(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const closed = async () => (await store.accounts()).filter((account) => account.closed).map(({ id }) => id)
const deliverTo = async (...ids: string[]) =>
  expect(
    await store.deliver(
      content,
      ids.map((accountId) => ({ accountId })),
    ),
  ).toEqual(ids.map(() => null))

it('closes at the start what was removed meanwhile, and opens what came back', async () => {
  directory.apply([settings, mailbox('a'), mailbox('b'), mailbox('c')])
  await deliverTo('a', 'b', 'c')
  await store.dropAccount('b')
  directory.apply([{ key: 'Mailbox/c', version: 2, resource: null }])
  const lifecycle = new AccountLifecycle(store, directory, logger)
  await lifecycle.reconcile()
  expect(await closed()).toEqual(['c'])
  await deliverTo('a', 'b')

  await lifecycle.beforeApply([mailbox('c')])
  directory.apply([mailbox('c')])
  await deliverTo('c')
  expect(await store.usage('c')).toMatchObject({ messages: 2 })
})

it('closes nothing while the node has no config', async () => {
  directory.apply([mailbox('a')])
  await deliverTo('a')
  directory.apply([{ key: 'Mailbox/a', version: 2, resource: null }])
  expect(directory.configured).toBe(false)
  await new AccountLifecycle(store, directory, logger).reconcile()
  expect(await closed()).toEqual([])
})

it('does not close a mailbox that one batch removes and another has put back', async () => {
  directory.apply([settings, mailbox('a')])
  await deliverTo('a')
  const lifecycle = new AccountLifecycle(store, directory, logger)
  await lifecycle.reconcile()
  await lifecycle.afterApply([{ key: 'Mailbox/a', version: 2, resource: null }])
  expect(await closed()).toEqual([])
})
