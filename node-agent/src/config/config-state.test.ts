/**
 * The last known good config against a model: a control plane that coalesces, repeats old frames, starts new epochs and sends
 * resources that are refused; a node that is killed before or after any of its writes.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { ConfigChange, ConfigResult, MailboxResource } from '@mailfleet/schema'
import { readConfig } from './config-database.js'
import type { ConfigEntry } from './config-entry.js'
import { ConfigState } from './config-state.js'
import type { ConfigJournal } from './config-state.js'
import { open } from './config-operations.js'
import { InMemoryDirectory } from './in-memory-directory.js'

const folder = mkdtempSync(join(tmpdir(), 'config-state-'))
afterAll(() => rmSync(folder, { recursive: true }))

class Killed extends Error {}

/** The real operations on a real database in this thread; can die before or after the commit of any call. */
class Journal implements ConfigJournal {
  private readonly db: Database.Database
  private readonly run: Record<string, (args: never) => unknown>
  dieAt: { call: number; committed: boolean } | null = null
  calls = 0

  constructor(path: string) {
    this.db = new Database(path)
    this.db.pragma('journal_mode = WAL')
    // The process goes on: what is committed is there, synced or not.
    this.db.pragma('synchronous = OFF')
    this.run = open(this.db, { definitions: 'test' }).operations
  }

  async call<Result>(operation: string, args: unknown): Promise<Result> {
    const dies = this.dieAt?.call === this.calls++ ? this.dieAt : null
    if (dies && !dies.committed) throw new Killed()
    const result = this.db.transaction(() => this.run[operation]!(args as never)).immediate() as Result
    if (dies) throw new Killed()
    return result
  }

  close = () => this.db.close()
}

/** An engine that refuses some resources. */
class Engine {
  readonly directory = new InMemoryDirectory('node.example')
  async apply(changes: ConfigChange[]): Promise<ConfigResult[]> {
    const refused = ({ resource }: ConfigChange) => resource?.kind === 'Mailbox' && resource.displayName === 'refused'
    this.directory.apply(changes.filter((change) => !refused(change)))
    return changes.map((change) => ({
      key: change.key,
      version: change.version,
      status: refused(change) ? 'REJECTED' : 'APPLIED',
    }))
  }
}

const keys = ['Mailbox/a', 'Mailbox/b', 'Mailbox/c'] as const
type Body = 'refused' | 'malformed' | null | number

const resourceText = (key: string, body: Body): string | null => {
  if (body === null) return null
  if (body === 'malformed') return '{"kind":"Mailbox"}'
  const id = key.slice('Mailbox/'.length)
  return JSON.stringify({
    kind: 'Mailbox',
    id,
    domainId: 'd',
    address: `${id}@example.org`,
    displayName: String(body),
    status: 'ACTIVE',
    passwordHash: '',
    quotaBytes: null,
    members: [],
  } satisfies MailboxResource)
}

type Step =
  | { do: 'change'; key: string; body: Body }
  | { do: 'deliver'; most: number; dieAt: { call: number; committed: boolean } | null }
  | { do: 'repeat'; which: number }
  | { do: 'newEpoch' }
  | { do: 'restart' }

const body = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1000) as fc.Arbitrary<Body> },
  { weight: 2, arbitrary: fc.constant<Body>(null) },
  { weight: 1, arbitrary: fc.constant<Body>('refused') },
  { weight: 1, arbitrary: fc.constant<Body>('malformed') },
)
const dieAt = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  { weight: 1, arbitrary: fc.record({ call: fc.nat(4), committed: fc.boolean() }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('change' as const), key: fc.constantFrom(...keys), body }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('deliver' as const), most: fc.integer({ min: 1, max: 3 }), dieAt }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('repeat' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'newEpoch' }) },
  { weight: 1, arbitrary: fc.constant<Step>({ do: 'restart' }) },
)

/** The control plane's side, the node under test, and what the node must hold. */
class World {
  private epoch = 1
  private head = 0
  private readonly wanted = new Map<string, { version: number; body: Body }>()
  readonly good = new Map<string, number>()
  private sent: { revision: number; entries: ConfigEntry[]; epoch: number }[] = []
  private journal!: Journal
  private engine!: Engine
  private state!: ConfigState

  constructor(private readonly path: string) {}

  async boot(): Promise<void> {
    this.journal?.close()
    const stored = readConfig(this.path)
    this.journal = new Journal(this.path)
    this.engine = new Engine()
    this.state = await ConfigState.restore({
      stored,
      journal: this.journal,
      target: this.engine,
      definitions: 'test',
    })
    // Frames of the former connection cannot come any more.
    this.sent = []
  }

  close = () => this.journal.close()

  change(key: string, value: Body): void {
    this.wanted.set(key, { version: ++this.head, body: value })
  }

  newEpoch(): void {
    this.epoch++
    this.head = 1
    for (const [key, { body: value }] of this.wanted) this.wanted.set(key, { version: 1, body: value })
  }

  /** What the node is known to have durably becomes what it must hold. */
  private expect(entries: ConfigEntry[]): void {
    for (const { key } of entries) {
      const value = this.wanted.get(key)!.body
      if (value === null) this.good.delete(key)
      else if (typeof value === 'number') this.good.set(key, value)
    }
  }

  async deliver(most: number, dies: { call: number; committed: boolean } | null): Promise<void> {
    this.journal.dieAt = dies && { ...dies, call: this.journal.calls + dies.call }
    try {
      if (this.state.position?.epoch === String(this.epoch)) await this.deltas(most)
      else await this.snapshot(most)
    } catch (error) {
      if (!(error instanceof Killed)) throw error
      await this.boot()
    }
    this.journal.dieAt = null
  }

  private entry = (key: string): ConfigEntry => {
    const { version, body: value } = this.wanted.get(key)!
    return { key, version, resource: resourceText(key, value) }
  }

  private async deltas(most: number): Promise<void> {
    const since = this.state.position!.revision
    const changed = [...this.wanted]
      .filter(([, { version }]) => version > since)
      .sort((a, b) => a[1].version - b[1].version)
    while (changed.length > 0) {
      const entries = changed.splice(0, most).map(([key]) => this.entry(key))
      const revision = changed.length === 0 ? this.head : entries.at(-1)!.version
      this.sent.push({ revision, entries, epoch: this.epoch })
      let results: ConfigResult[]
      try {
        results = await this.state.delta(revision, entries)
      } catch (error) {
        const durable = readConfig(this.path).position
        if (durable?.epoch === String(this.epoch) && durable.revision >= revision) this.expect(entries)
        throw error
      }
      this.expect(entries)
      expect(results.map(({ key, version }) => ({ key, version }))).toEqual(
        entries.map(({ key, version }) => ({ key, version })),
      )
      expect(results.map((result) => result.status)).toEqual(
        entries.map(({ key }) => (typeof this.wanted.get(key)!.body === 'string' ? 'REJECTED' : 'APPLIED')),
      )
    }
    await this.state.bookmark(this.head)
  }

  private async snapshot(most: number): Promise<void> {
    const position = { epoch: String(this.epoch), revision: this.head }
    const present = [...this.wanted.keys()].filter((key) => this.wanted.get(key)!.body !== null)
    const complete = () => {
      for (const key of this.good.keys()) if (!present.includes(key)) this.good.delete(key)
      this.expect(present.map(this.entry))
    }
    await this.state.beginSnapshot(position)
    for (let at = 0; at < present.length; at += most) {
      await this.state.addToSnapshot(present.slice(at, at + most).map(this.entry))
    }
    this.sent = []
    try {
      await this.state.endSnapshot(position)
    } catch (error) {
      if (readConfig(this.path).position?.epoch === position.epoch) complete()
      throw error
    }
    complete()
  }

  /** A frame of this connection comes once more. */
  async repeat(which: number): Promise<void> {
    const frame = this.sent[which % Math.max(this.sent.length, 1)]
    if (frame && frame.epoch === this.epoch) await this.state.delta(frame.revision, frame.entries)
  }

  check(): void {
    const held = Object.fromEntries(
      [...this.engine.directory.mailboxes()].map((mailbox) => [`Mailbox/${mailbox.id}`, Number(mailbox.displayName)]),
    )
    expect(held).toEqual(Object.fromEntries(this.good))
  }
}

describe('the last known good config', () => {
  it('equals the model whatever is repeated, refused or killed', async () => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }), async (steps) => {
        const world = new World(join(folder, `${run++}.db`))
        await world.boot()
        try {
          for (const next of steps) {
            if (next.do === 'change') world.change(next.key, next.body)
            else if (next.do === 'deliver') await world.deliver(next.most, next.dieAt)
            else if (next.do === 'repeat') await world.repeat(next.which)
            else if (next.do === 'newEpoch') world.newEpoch()
            else await world.boot()
            world.check()
          }
          await world.deliver(2, null)
          world.check()
          await world.boot()
          world.check()
        } finally {
          world.close()
        }
      }),
      { numRuns: 100 },
    )
  }, 120_000)
})

it('writes a refusal down with the next verdict, when the disk did not take it at once', async () => {
  const path = join(folder, 'late-refusal.db')
  const journal = new Journal(path)
  const target = new Engine()
  const state = await ConfigState.restore({ stored: readConfig(path), journal, target, definitions: 'test' })
  const entry = (key: string, version: number, body: Body) => ({ key, version, resource: resourceText(key, body) })
  await state.beginSnapshot({ epoch: 'e', revision: 1 })
  await state.addToSnapshot([entry('Mailbox/a', 1, 1)])
  await state.endSnapshot({ epoch: 'e', revision: 1 })

  journal.dieAt = { call: journal.calls + 1, committed: false }
  await expect(state.delta(2, [entry('Mailbox/a', 2, 'refused')])).rejects.toThrow(Killed)
  journal.dieAt = null
  await state.delta(3, [entry('Mailbox/b', 3, 3)])
  journal.close()
  const { resources, candidates } = readConfig(path)
  expect(candidates).toEqual([])
  expect(resources.map(({ body }) => (JSON.parse(body!) as MailboxResource).displayName).sort()).toEqual(['1', '3'])
})
