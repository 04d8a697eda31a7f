/**
 * Speed of the mail store, without protocols: node tests/bench/store.bench.mjs [--seconds=5] [--size=4096] [--dir=/var/tmp]
 * Needs the build (npm run build). The disk's fsync rate is measured beside it, since it bounds everything durable.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openMailStore } from '../../node-agent/dist/engines/builtin/store/index.js'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    size: { type: 'string', default: '4096' },
    dir: { type: 'string', default: tmpdir() },
    mailbox: { type: 'string', default: '100000' },
    shards: { type: 'string', default: '2' },
  },
})
const seconds = Number(values.seconds)
const size = Number(values.size)
const folder = mkdtempSync(join(values.dir, 'mailfleet-bench-'))

const summary = {
  envelope: Buffer.from(
    '("Mon, 7 Feb 1994 21:52:25 -0800" "subject" ((NIL NIL "from" "example.com")) NIL NIL NIL NIL NIL NIL NIL)',
  ),
  body: Buffer.from('("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92)'),
  bodyStructure: Buffer.from('("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 3028 92 NIL NIL NIL NIL)'),
  headerSize: 400,
  messageId: 'id@example.com',
  subject: 'subject',
  from: 'from@example.com',
  to: 'to@example.com',
  cc: '',
  sentAt: 0,
}

function fsyncRate() {
  const fd = openSync(join(folder, 'fsync'), 'w')
  const block = randomBytes(size)
  const end = Date.now() + 1000
  let count = 0
  for (; Date.now() < end; count++) {
    writeSync(fd, block)
    fsyncSync(fd)
  }
  closeSync(fd)
  return count
}

async function deliveries(store, clients) {
  const end = Date.now() + seconds * 1000
  const start = Date.now()
  let count = 0
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      for (let n = 0; Date.now() < end; n++, count++) {
        const [failure] = await store.deliver({ size, buffer: randomBytes(size) }, [
          { accountId: `account-${(client * 7 + n) % 50}`, prefix: Buffer.from('Return-Path: <from@example.com>\r\n') },
        ])
        if (failure) throw failure
      }
    }),
  )
  return Math.round((count * 1000) / (Date.now() - start))
}

async function timed(label, run) {
  const start = process.hrtime.bigint()
  await run()
  console.log(`${label}: ${(Number(process.hrtime.bigint() - start) / 1e6).toFixed(1)} ms`)
}

async function largeMailbox(store, count) {
  const inbox = await store.mailbox('large', 'INBOX')
  const pending = []
  for (let n = 0; n < count; n++) {
    pending.push(store.deliver({ size: 512, buffer: randomBytes(512) }, [{ accountId: 'large' }]))
    if (pending.length === 500) await Promise.all(pending.splice(0))
  }
  await Promise.all(pending)
  let snapshot
  await timed(`snapshot of ${count}, first`, async () => (snapshot = await store.snapshot(inbox.id)))
  await timed(`snapshot of ${count}, again`, () => store.snapshot(inbox.id))
  await timed('summaries of 300', () => store.messages(inbox.id, snapshot.uids.slice(-300)))
  await timed(`summaries of ${count}`, async () => {
    for (let n = 0; n < count; n += 300) await store.messages(inbox.id, snapshot.uids.slice(n, n + 300))
  })
  await timed('flag of 1', () => store.storeFlags(inbox.id, [1], 'add', ['\\Flagged']))
  await timed('changes after it', () => store.changesSince(inbox.id, snapshot.highestModSeq))
  await timed(`flags of ${count}`, () => store.storeFlags(inbox.id, snapshot.uids, 'add', ['\\Seen']))
  await timed(`move of ${count}`, async () =>
    store.copy(inbox.id, snapshot.uids, (await store.mailbox('large', 'Archive')).id, true),
  )
}

const store = await openMailStore({
  dataDir: join(folder, 'store'),
  summarize: async () => summary,
  quotaOf: () => null,
  accountExists: () => true,
  purgeAfterDays: () => 30,
  shards: Number(values.shards),
})
try {
  console.log(`append and fsync, one thread: ${fsyncRate()}/s`)
  for (const clients of [1, 10, 50])
    console.log(`deliver ${size} octets, ${clients} at once: ${await deliveries(store, clients)} messages/s`)
  if (Number(values.mailbox) > 0) await largeMailbox(store, Number(values.mailbox))
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}
