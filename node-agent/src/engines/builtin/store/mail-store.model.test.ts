/** Random commands against the store and against a model in plain arrays: they must tell the same. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { MailboxInfo, OpenedMailStore } from './index.js'
import { bufferContent, openTestStore, readAll, temporaryFolder } from './test-support/store-fixture.js'

interface ModelMessage {
  uid: number
  flags: string[]
  body: string
  modSeq: number
}
interface ModelMailbox {
  info: MailboxInfo
  uidNext: number
  messages: ModelMessage[]
}
interface Real {
  store: OpenedMailStore
  accountId: string
  reopen(): Promise<void>
}
/** `seen`: an earlier snapshot of each mailbox, from which `changesSince` must lead to the present. */
interface Model {
  mailboxes: ModelMailbox[]
  seen: { highestModSeq: number; uids: Map<number, string> }[]
}
type Command = fc.AsyncCommand<Model, Real>

const names = ['INBOX', 'Archive', 'Projects/Mailfleet']
const flagNames = ['\\Answered', '\\Deleted', '\\Flagged', '\\Seen', '$Forwarded', 'work']
const key = (flags: readonly string[]) => [...flags].sort().join(' ')
const pick = (mailbox: ModelMailbox, uids: number[]) =>
  mailbox.messages.filter(({ uid }) => uids.some((given) => given % mailbox.uidNext === uid))
const bodyOf = (seed: number) => (seed % 5 === 0 ? String(seed).repeat(8_000) : `body ${seed}`)

const always = (name: string, run: (model: Model, real: Real) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
})

const deliver = (box: number, seed: number) =>
  always(`deliver(${box}, ${seed})`, async (model, { store, accountId }) => {
    const mailbox = model.mailboxes[box]!
    expect(await store.deliver(bufferContent(bodyOf(seed)), [{ accountId, mailbox: names[box] }])).toEqual([null])
    mailbox.messages.push({ uid: mailbox.uidNext++, flags: [], body: bodyOf(seed), modSeq: 0 })
  })

const append = (box: number, seed: number, flags: string[]) =>
  always(`append(${box}, ${seed}, ${flags.join()})`, async (model, { store }) => {
    const mailbox = model.mailboxes[box]!
    const messages = [seed, seed + 1].map((body) => ({ content: bufferContent(bodyOf(body)), flags }))
    const { uids } = await store.append(mailbox.info.id, messages)
    expect(uids).toEqual([mailbox.uidNext, mailbox.uidNext + 1])
    for (const body of [seed, seed + 1])
      mailbox.messages.push({ uid: mailbox.uidNext++, flags, body: bodyOf(body), modSeq: 0 })
  })

const storeFlags = (box: number, uids: number[], mode: 'replace' | 'add' | 'remove', flags: string[]) =>
  always(`storeFlags(${box}, ${uids.join()}, ${mode}, ${flags.join()})`, async (model, { store }) => {
    const mailbox = model.mailboxes[box]!
    const targets = pick(mailbox, uids)
    const result = await store.storeFlags(
      mailbox.info.id,
      targets.map(({ uid }) => uid),
      mode,
      flags,
    )
    for (const target of targets) {
      if (mode === 'replace') target.flags = flags
      else if (mode === 'add') target.flags = [...new Set([...target.flags, ...flags])]
      else target.flags = target.flags.filter((flag) => !flags.includes(flag))
    }
    expect(result.failed).toEqual([])
    expect(result.modified.map(({ uid, flags }) => [uid, key(flags)])).toEqual(
      targets.map(({ uid, flags }) => [uid, key(flags)]),
    )
  })

const expunge = (box: number, uids: number[] | undefined, force: boolean) =>
  always(`expunge(${box}, ${uids?.join()}, ${force})`, async (model, { store }) => {
    const mailbox = model.mailboxes[box]!
    const given = uids && pick(mailbox, uids).map(({ uid }) => uid)
    const gone = mailbox.messages.filter(
      ({ uid, flags }) => (!given || given.includes(uid)) && (force || flags.includes('\\Deleted')),
    )
    mailbox.messages = mailbox.messages.filter((message) => !gone.includes(message))
    const { vanished } = await store.expunge(mailbox.info.id, given, force)
    expect(vanished).toEqual(gone.map(({ uid }) => uid))
  })

const copy = (from: number, to: number, uids: number[], move: boolean) =>
  always(`copy(${from}, ${to}, ${uids.join()}, ${move})`, async (model, { store }) => {
    const source = model.mailboxes[from]!
    const target = model.mailboxes[to]!
    const chosen = pick(source, uids)
    if (move) source.messages = source.messages.filter((message) => !chosen.includes(message))
    const copies = chosen.map((message) => ({ ...message, uid: target.uidNext++ }))
    target.messages.push(...copies)
    const result = await store.copy(
      source.info.id,
      chosen.map(({ uid }) => uid),
      target.info.id,
      move,
    )
    expect(result).toEqual({
      uidValidity: target.info.uidValidity,
      from: chosen.map(({ uid }) => uid),
      to: copies.map(({ uid }) => uid),
    })
  })

const reopen = () => always('reopen()', (_, real) => real.reopen())

const compare = () =>
  always('compare()', async (model, { store, accountId }) => {
    let bytes = 0
    let count = 0
    for (const [index, { info, messages, uidNext }] of model.mailboxes.entries()) {
      const snapshot = await store.snapshot(info.id)
      expect(snapshot.uids).toEqual(messages.map(({ uid }) => uid))
      expect(snapshot.flags.map(key)).toEqual(messages.map(({ flags }) => key(flags)))
      expect(snapshot.uidNext).toBe(uidNext)
      expect(Math.max(0, ...snapshot.modSeqs)).toBeLessThanOrEqual(snapshot.highestModSeq)
      const size = messages.reduce((sum, { body }) => sum + body.length, 0)
      expect(await store.status(info.id)).toEqual({
        messages: messages.length,
        unseen: messages.filter(({ flags }) => !flags.includes('\\Seen')).length,
        uidNext,
        uidValidity: info.uidValidity,
        highestModSeq: snapshot.highestModSeq,
        size,
      })
      for (const { uid, body } of messages)
        expect((await readAll(await store.open(info.id, uid))).toString()).toBe(body)

      const seen = model.seen[index]!
      const changes = (await store.changesSince(info.id, seen.highestModSeq))!
      for (const uid of changes.vanished) seen.uids.delete(uid)
      for (const { uid, flags } of changes.changed) seen.uids.set(uid, key(flags))
      expect([...seen.uids].sort(([a], [b]) => a - b)).toEqual(messages.map(({ uid, flags }) => [uid, key(flags)]))
      expect(changes.highestModSeq).toBe(snapshot.highestModSeq)
      seen.highestModSeq = changes.highestModSeq
      bytes += size
      count += messages.length
    }
    expect(await store.usage(accountId)).toEqual({ bytes, messages: count })
  })

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let store: OpenedMailStore
let accounts = 0
const openAgain = async () => (store = await openTestStore(folder.path, { shards: 1 }))

beforeAll(async () => {
  folder = await temporaryFolder()
  await openAgain()
})
afterAll(async () => {
  await store.close()
  await folder.remove()
})

test('the store does what the model does', { timeout: 120_000 }, async () => {
  const box = fc.nat(names.length - 1)
  const uids = fc.array(fc.nat(30), { maxLength: 6 })
  const flags = fc.uniqueArray(fc.constantFrom(...flagNames), { maxLength: 3 })
  const commands = fc.commands(
    [
      fc.tuple(box, fc.nat(1000)).map((args) => deliver(...args)),
      fc.tuple(box, fc.nat(1000), flags).map((args) => append(...args)),
      fc
        .tuple(box, uids, fc.constantFrom('replace' as const, 'add' as const, 'remove' as const), flags)
        .map((args) => storeFlags(...args)),
      fc.tuple(box, fc.option(uids, { nil: undefined }), fc.boolean()).map((args) => expunge(...args)),
      fc.tuple(box, box, uids, fc.boolean()).map((args) => copy(...args)),
      fc.constant(compare()),
      fc.constantFrom(...Array.from({ length: 30 }, () => compare()), reopen()),
    ],
    { maxCommands: 60, size: '+1' },
  )
  await fc.assert(
    fc.asyncProperty(commands, async (sequence) => {
      const accountId = `account-${accounts++}`
      await store.createMailbox(accountId, 'Projects/Mailfleet')
      const mailboxes = await Promise.all(
        names.map(async (name) => ({ info: (await store.mailbox(accountId, name))!, uidNext: 1, messages: [] })),
      )
      const model: Model = { mailboxes, seen: names.map(() => ({ highestModSeq: 0, uids: new Map() })) }
      const real: Real = {
        get store() {
          return store
        },
        accountId,
        async reopen() {
          await store.close()
          await openAgain()
        },
      }
      await fc.asyncModelRun(() => ({ model, real }), [...sequence, compare()])
    }),
    { numRuns: 25 },
  )
})
