/**
 * A client that keeps a mailbox in memory as real ones do: the numbering from EXISTS, EXPUNGE and VANISHED, flags from FETCH
 * responses, and from its own silent STORE what that must have done. It does each thing to the model of the mailbox too.
 */
import { expect } from 'vitest'
import type { ImapFixture } from './imap-fixture.js'
import type { ImapTestClient } from './imap-test-client.js'
import { changeFlags, type FlagMode, type ModelMailbox } from './model-mailbox.js'

interface Seen {
  uid: number
  flags: Set<string>
}

const message = 'Subject: x\r\n\r\ny\r\n'

export class ModelClient {
  imap!: ImapTestClient
  box!: ModelMailbox
  /** By sequence number; null for messages that were announced and not yet asked for. */
  private view: (Seen | null)[] = []
  private idling = false
  private uidValidity = 0
  /** As of the last SELECT: older than needed at worst. */
  private modSeq = 0

  constructor(
    private readonly fixture: ImapFixture,
    private readonly resync: boolean,
  ) {}

  async connect(): Promise<void> {
    this.imap = await this.fixture.signIn()
    if (this.resync) await this.imap.ok('ENABLE QRESYNC')
  }

  seen(): string[] {
    return this.view.map((seen) => (seen ? `${seen.uid} ${[...seen.flags].sort().join(' ')}` : 'unknown'))
  }

  /** A command, after DONE where the client is idle. Its answer is taken in. */
  async run(text: string): Promise<string[]> {
    await this.wakeUp()
    const { untagged, tagged } = await this.imap.command(text)
    expect(tagged).toMatch(/^OK/)
    if (/^(FETCH|STORE|SEARCH)/.test(text))
      expect(untagged.filter((line) => /EXPUNGE$|VANISHED/.test(line))).toEqual([])
    this.take(untagged)
    return untagged
  }

  async idle(): Promise<void> {
    await this.wakeUp()
    this.imap.send('idle IDLE\r\n')
    this.idling = true
  }

  private async wakeUp(): Promise<void> {
    if (!this.idling) return
    this.idling = false
    this.imap.send('DONE\r\n')
    for (let line = ''; !line.startsWith('idle OK');) {
      line = await this.imap.response()
      this.take([line])
    }
  }

  async select(box: ModelMailbox): Promise<void> {
    await this.wakeUp()
    this.box = box
    this.view = []
    const lines = await this.imap.ok(`SELECT ${box.name}`)
    this.take(lines)
    this.remember(lines)
    await this.learnNew()
  }

  private remember(lines: readonly string[]): void {
    const value = (code: string): number => Number(new RegExp(`\\[${code} (\\d+)\\]`).exec(lines.join('\n'))![1])
    this.uidValidity = value('UIDVALIDITY')
    this.modSeq = value('HIGHESTMODSEQ')
  }

  /** Loses the connection and comes back: with QRESYNC knowing what it knew, else from nothing. */
  async reconnect(): Promise<void> {
    await this.wakeUp()
    await this.learnNew()
    this.imap.destroy()
    await this.connect()
    if (!this.resync) return this.select(this.box)
    const known = new Map(this.view.flatMap((seen) => (seen ? [[seen.uid, seen] as const] : [])))
    const lines = await this.imap.ok(`SELECT ${this.box.name} (QRESYNC (${this.uidValidity} ${this.modSeq}))`)
    for (const line of lines) {
      const vanished = /^\* VANISHED \(EARLIER\) (.*)$/.exec(line)
      if (vanished) for (const uid of numbersOf(vanished[1]!)) known.delete(uid)
      const fetched = readFetch(line)
      if (fetched) known.set(fetched.uid!, { uid: fetched.uid!, flags: fetched.flags! })
    }
    this.view = [...known.values()].sort((a, b) => a.uid - b.uid)
    expect(lines).toContain(`* ${this.view.length} EXISTS`)
    this.remember(lines)
  }

  async append(box: ModelMailbox, flags: string[]): Promise<void> {
    box.add(flags)
    await this.run(`APPEND ${box.name} (${flags.join(' ')}) {${message.length}}\r\n${message}`)
    await this.learnNew()
  }

  async store(number: number, mode: FlagMode, flags: string[], silent: boolean): Promise<void> {
    const chosen = await this.choose(number)
    if (!chosen) return
    const { place, seen } = chosen
    const there = this.box.find(seen.uid)
    if (there) there.flags = changeFlags(there.flags, mode, flags)
    if (silent) seen.flags = changeFlags(seen.flags, mode, flags)
    await this.run(`STORE ${place} ${mode}FLAGS${silent ? '.SILENT' : ''} (${flags.join(' ')})`)
  }

  async expunge(): Promise<void> {
    this.box.remove(({ flags }) => flags.has('\\Deleted'))
    await this.run('EXPUNGE')
  }

  async copy(type: 'copy' | 'move', number: number, to: ModelMailbox): Promise<void> {
    const chosen = await this.choose(number)
    if (!chosen || (type === 'move' && to === this.box)) return
    const { place, seen } = chosen
    const there = this.box.find(seen.uid)
    if (there) {
      to.add(there.flags)
      if (type === 'move') this.box.remove((message) => message === there)
    }
    await this.run(`${type.toUpperCase()} ${place} ${to.name}`)
  }

  private async choose(number: number): Promise<{ place: number; seen: Seen } | null> {
    await this.wakeUp()
    await this.learnNew()
    if (this.view.length === 0) return null
    const place = 1 + (number % this.view.length)
    const seen = this.view[place - 1]
    // Announced, and gone before it could be asked for.
    return seen ? { place, seen } : null
  }

  /** Asks for what was announced, as a client does. */
  async learnNew(): Promise<void> {
    await this.wakeUp()
    const first = this.view.indexOf(null)
    if (first >= 0) await this.run(`FETCH ${first + 1}:* (UID FLAGS)`)
  }

  private take(lines: readonly string[]): void {
    for (const line of lines) {
      const exists = /^\* (\d+) EXISTS$/.exec(line)
      if (exists) {
        expect(Number(exists[1])).toBeGreaterThanOrEqual(this.view.length)
        while (this.view.length < Number(exists[1])) this.view.push(null)
      }
      const expunged = /^\* (\d+) EXPUNGE$/.exec(line)
      if (expunged) {
        expect(Number(expunged[1])).toBeLessThanOrEqual(this.view.length)
        this.view.splice(Number(expunged[1]) - 1, 1)
      }
      const vanished = /^\* VANISHED ([\d:,]+)$/.exec(line)
      if (vanished) this.vanish(numbersOf(vanished[1]!))
      const fetched = readFetch(line)
      if (fetched) this.takeFetch(fetched)
    }
  }

  private takeFetch({ number, uid, flags }: Fetched): void {
    expect(number).toBeLessThanOrEqual(this.view.length)
    const seen = this.view[number - 1]
    if (seen && uid !== null) expect(uid).toBe(seen.uid)
    if (!flags) return
    if (seen) seen.flags = flags
    else if (uid !== null) this.view[number - 1] = { uid, flags }
  }

  private vanish(uids: Set<number>): void {
    const before = this.view.length
    this.view = this.view.filter((seen) => seen === null || !uids.has(seen.uid))
    // Each of them was counted (RFC 7162 section 3.2.10): what is not known by its UID was announced, and never asked for.
    for (let unknown = uids.size - (before - this.view.length); unknown > 0; unknown--) {
      expect(this.view.at(-1)).toBeNull()
      this.view.pop()
    }
  }
}

interface Fetched {
  number: number
  uid: number | null
  flags: Set<string> | null
}

function readFetch(line: string): Fetched | null {
  const match = /^\* (\d+) FETCH /.exec(line)
  if (!match) return null
  const uid = /\bUID (\d+)/.exec(line)
  const flags = /\bFLAGS \(([^)]*)\)/.exec(line)
  return {
    number: Number(match[1]),
    uid: uid ? Number(uid[1]) : null,
    flags: flags ? new Set(flags[1]!.split(' ').filter((flag) => flag !== '' && flag !== '\\Recent')) : null,
  }
}

function numbersOf(set: string): Set<number> {
  const numbers = new Set<number>()
  for (const part of set.split(',')) {
    const [first, last = first] = part.split(':').map(Number)
    for (let number = first!; number <= last!; number++) numbers.add(number)
  }
  return numbers
}
