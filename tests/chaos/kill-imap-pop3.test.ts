/**
 * Acceptance A 1 for IMAP and POP3: a node killed at any moment under APPEND, STORE, MOVE, EXPUNGE and DELE keeps what it answered
 * with OK. `MAILFLEET_CHAOS_KILLS=500` kills so often; CI does it a few times.
 *
 * Each client has a mailbox of its own and a model of it, by Subject: where each message is, and whether it is flagged. What a command
 * without an answer was to do may have happened or not; everything else must be as the model says.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildProduct } from '../support/build.js'
import { NodeWithMailboxes } from '../support/node-with-mailboxes.js'
import { LineClient } from '../support/line-client.js'

const kills = Number(process.env['MAILFLEET_CHAOS_KILLS'] ?? 20)
const names = ['imap-1', 'imap-2', 'imap-3', 'pop3-1']

interface Message {
  /** `null`: gone. More than one: a command was under way when the node died. */
  places: Set<'INBOX' | 'Archive' | null>
  flagged: Set<boolean>
}
type Model = Map<string, Message>

let folder: string
let node: NodeWithMailboxes
const models = new Map<string, Model>(names.map((name) => [name, new Map()]))
beforeAll(async () => {
  await buildProduct()
  folder = mkdtempSync(join(tmpdir(), 'mailfleet-chaos-'))
  node = await NodeWithMailboxes.start(folder, names)
}, 600_000)
afterAll(async () => {
  await node?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const open = (name: string): Promise<LineClient> =>
  LineClient.signIn(node.ports.imaps, node.address(name), node.password)

async function append(client: LineClient, model: Model): Promise<void> {
  const subject = randomBytes(6).toString('hex')
  const text = `Subject: ${subject}\r\n\r\n${'x'.repeat(randomInt(5) === 0 ? 300_000 : 500)}\r\n`
  const message: Message = { places: new Set(['INBOX', null]), flagged: new Set([false]) }
  model.set(subject, message)
  await client.command(`APPEND INBOX {${text.length}+}\r\n${text}`)
  message.places = new Set(['INBOX'])
}

/** UIDs of INBOX by Subject. */
async function inbox(client: LineClient): Promise<Map<string, number>> {
  const found = new Map<string, number>()
  for (const { uid, subject } of await client.list('INBOX')) found.set(subject, uid)
  return found
}

async function change(client: LineClient, model: Model): Promise<void> {
  const here = await inbox(client)
  const subjects = [...here.keys()]
  if (subjects.length === 0) return
  const subject = subjects[randomInt(subjects.length)]!
  const message = model.get(subject)!
  const uid = here.get(subject)!
  switch (randomInt(3)) {
    case 0: {
      const flagged = !message.flagged.has(true)
      message.flagged.add(flagged)
      await client.command(`UID STORE ${uid} ${flagged ? '+' : '-'}FLAGS.SILENT (\\Flagged)`)
      message.flagged = new Set([flagged])
      break
    }
    case 1:
      message.places.add('Archive')
      await client.command(`UID MOVE ${uid} Archive`)
      message.places = new Set(['Archive'])
      break
    case 2:
      message.places.add(null)
      await client.command(`UID STORE ${uid} +FLAGS.SILENT (\\Deleted)`)
      await client.command(`UID EXPUNGE ${uid}`)
      message.places = new Set([null])
  }
}

/** Works on until the node dies under it. */
async function work(name: string): Promise<void> {
  const model = models.get(name)!
  try {
    const client = await open(name)
    for (;;) {
      await append(client, model)
      if (name.startsWith('pop3')) await deleteByPop3(name, client, model)
      else await change(client, model)
    }
  } catch (error) {
    if (!(error instanceof Error && error.message === 'closed')) throw error
  }
}

async function deleteByPop3(name: string, client: LineClient, model: Model): Promise<void> {
  const subjects = [...(await inbox(client)).keys()]
  if (subjects.length < 3) return
  const pop3 = await LineClient.signInPop3(node.ports.pop3s, node.address(name), node.password)
  // A message number is its position in INBOX, which nobody else changes.
  const message = model.get(subjects[0]!)!
  await pop3.pop3('DELE 1')
  message.places.add(null)
  await pop3.pop3('QUIT')
  message.places = new Set([null])
}

/** Compares, and takes what is there as what was meant. */
async function audit(name: string): Promise<void> {
  const client = await open(name)
  const found = new Map<string, { place: 'INBOX' | 'Archive'; flagged: boolean }>()
  for (const place of ['INBOX', 'Archive'] as const)
    for (const { subject, flags } of await client.list(place)) {
      expect(found.has(subject), `${subject} is there once`).toBe(false)
      found.set(subject, { place, flagged: flags.includes('\\Flagged') })
    }
  client.close()
  const model = models.get(name)!
  for (const [subject, message] of model) {
    const is = found.get(subject)
    expect([...message.places], `place of ${subject} of ${name}`).toContain(is?.place ?? null)
    if (is) expect([...message.flagged], `flag of ${subject} of ${name}`).toContain(is.flagged)
    if (!is) model.delete(subject)
    else model.set(subject, { places: new Set([is.place]), flagged: new Set([is.flagged]) })
    found.delete(subject)
  }
  expect([...found.keys()]).toEqual([])
}

it(
  'keeps what it answered, killed at any moment',
  async () => {
    for (const name of names) {
      const client = await open(name)
      await client.command('CREATE Archive').catch(() => undefined)
      client.close()
    }
    let most = 0
    for (let kill = 0; kill < kills; kill++) {
      const working = names.map(work)
      await sleep(randomInt(20, 400))
      await node.killAndRestart()
      await Promise.all(working)
      for (const name of names) await audit(name)
      most = Math.max(most, ...[...models.values()].map((model) => model.size))
    }
    expect(most).toBeGreaterThan(0)
  },
  60_000 + kills * 10_000,
)
