/**
 * How the mail store's costs grow with the mailbox and with their number, without protocols:
 * node tests/bench/scale.bench.mjs [--messages=1000,10000,100000] [--mailboxes=1000,20000] [--searched=1000,10000] [--dir=/var/tmp]
 * Needs the build (npm run build). Each line is microseconds a message or a mailbox: a line that rises with the size is a cost that
 * grows faster than the work. The table of searches is in milliseconds a search of TEXT, with the index made.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { summarizeMessage } from '../../node-agent/dist/engines/builtin/message/index.js'
import { openMailStore } from '../../node-agent/dist/engines/builtin/store/index.js'

const { values } = parseArgs({
  options: {
    searched: { type: 'string', default: '1000,10000' },
    messages: { type: 'string', default: '1000,10000,100000' },
    mailboxes: { type: 'string', default: '1000,20000' },
    dir: { type: 'string', default: tmpdir() },
  },
})
const numbers = (text) => text.split(',').map(Number)
const folder = mkdtempSync(join(values.dir, 'mailfleet-scale-'))
const store = await openMailStore({
  dataDir: join(folder, 'store'),
  summarize: summarizeMessage,
  quotaOf: () => null,
  accountExists: () => true,
  purgeAfterDays: () => 30,
  shards: 1,
  fullText: { delayMs: 100 },
})

function message(number) {
  const buffer = Buffer.from(
    `From: Sender ${number} <sender${number}@example.com>\r\nTo: me@example.org\r\nSubject: Message number ${number}\r\n` +
      `Date: Mon, 1 Jan 2024 10:00:00 +0000\r\nMessage-ID: <${number}@example.com>\r\n\r\n${'A line of text.\r\n'.repeat(10)}`,
  )
  return { content: { size: buffer.length, buffer }, flags: [] }
}

async function perUnit(units, run) {
  const start = process.hrtime.bigint()
  await run()
  return (Number(process.hrtime.bigint() - start) / 1000 / units).toFixed(2)
}

async function inBatches(uids, run) {
  for (let start = 0; start < uids.length; start += 1000) await run(uids.slice(start, start + 1000))
}

async function mailboxOf(count) {
  const { id } = await store.mailbox(`account-${count}`, 'INBOX')
  const row = { messages: count }
  row.append = await perUnit(count, async () => {
    for (let n = 0; n < count; n += 500)
      await store.append(
        id,
        Array.from({ length: Math.min(500, count - n) }, (_, index) => message(n + index)),
      )
  })
  let snapshot
  row.snapshot = await perUnit(count, async () => (snapshot = await store.snapshot(id)))
  const read = (columns) => perUnit(count, () => inBatches(snapshot.uids, (uids) => store.columns(id, uids, columns)))
  row.envelopes = await read(['envelope'])
  row.subjects = await read(['subject'])
  row.sizes = await read(['size'])
  row.flags = await perUnit(count, () => store.storeFlags(id, snapshot.uids, 'add', ['\\Seen']))
  row.changes = await perUnit(count, () => store.changesSince(id, snapshot.highestModSeq))
  row.one = await perUnit(1, () => store.storeFlags(id, [1], 'add', ['\\Flagged']))
  row.expunge = await perUnit(count / 10, () => store.expunge(id, snapshot.uids.slice(0, count / 10), true))
  return row
}

const words = 'the quick brown fox thư gửi bạn xin chào invoice meeting project deadline customer order'.split(' ')

function letter(number) {
  const body = Array.from({ length: 250 }, (_, n) => words[(number * 7919 + n * n * 31) % words.length]).join(' ')
  const buffer = Buffer.from(
    `From: sender${number}@example.com\r\nSubject: Message number ${number}\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n` +
      `${body.replaceAll('order ', 'order\r\n')} needle${number % 1000}x\r\n`,
  )
  return { content: { size: buffer.length, buffer }, flags: [] }
}

async function searchOf(count) {
  const { id } = await store.mailbox(`searched-${count}`, 'INBOX')
  for (let n = 0; n < count; n += 500)
    await store.append(
      id,
      Array.from({ length: 500 }, (_, index) => letter(n + index)),
    )
  const find = (text) => store.findText(id, [{ text: text.normalize('NFKD'), inHeader: true }])
  const start = performance.now()
  while ((await find('indexed')).known.size < count) await new Promise((resolve) => setTimeout(resolve, 100))
  const row = { searched: count, 'indexed in s': ((performance.now() - start) / 1000).toFixed(1) }
  for (const text of ['needle77x', 'quick brown', 'message number', 'thư', 'nowhere']) {
    const runs = []
    for (let run = 0; run < 5; run++) {
      const from = performance.now()
      await find(text)
      runs.push(performance.now() - from)
    }
    row[text] = runs.sort((a, b) => a - b)[2].toFixed(1)
  }
  return row
}

async function accountsOf(count) {
  const row = { mailboxes: count }
  const accounts = Array.from({ length: count / 1000 }, (_, index) => `many-${count}-${index}`)
  row.create = await perUnit(count, async () => {
    for (const account of accounts)
      await Promise.all(Array.from({ length: 1000 }, (_, index) => store.createMailbox(account, `Folder ${index}`)))
  })
  row.list = await perUnit(count, () => Promise.all(accounts.map((account) => store.mailboxes(account))))
  row.deliver = await perUnit(1000, () =>
    Promise.all(
      Array.from({ length: 1000 }, (_, n) =>
        store.deliver(message(n).content, [{ accountId: accounts[n % accounts.length], mailbox: `Folder ${n}` }]),
      ),
    ),
  )
  return row
}

try {
  const inMailboxes = []
  for (const count of numbers(values.messages)) inMailboxes.push(await mailboxOf(count))
  console.table(inMailboxes)
  const ofSearches = []
  for (const count of numbers(values.searched)) ofSearches.push(await searchOf(count))
  console.table(ofSearches)
  const ofMailboxes = []
  for (const count of numbers(values.mailboxes)) ofMailboxes.push(await accountsOf(count))
  console.table(ofMailboxes)
  console.log(`resident memory: ${Math.round(process.memoryUsage().rss / 1048576)} MiB`)
} finally {
  await store.close()
  rmSync(folder, { recursive: true })
}
