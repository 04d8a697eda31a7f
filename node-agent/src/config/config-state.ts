/**
 * The node's last known good config.
 *
 * Order of each change: checked, made durable, applied by the engine, and only then does the caller acknowledge. A resource that
 * its definition or the engine refuses leaves the last good version in force, also after a restart. An entry that is not newer than
 * what is held changes nothing, so that repeated and stale frames are harmless. Calls must not overlap: the feed awaits each.
 */
import type { ConfigChange, ConfigKey, ConfigResource, ConfigResult } from '@mailfleet/schema'
import { checkEntry, rejected } from './config-entry.js'
import type { ConfigEntry } from './config-entry.js'
import type { StoredConfig } from './config-database.js'
import type { ConfigPosition, ConfigRow } from './config-operations.js'
import { mapInSlices } from './slices.js'

/** Where the config is made durable: a `Writer` that runs ./config-operations.ts. */
export interface ConfigJournal {
  call<Result>(operation: string, args: unknown): Promise<Result>
}

/** The engine, as seen from here. */
interface ConfigTarget {
  apply(changes: ConfigChange[]): Promise<ConfigResult[]>
}

export interface ConfigStateOptions {
  stored: StoredConfig
  journal: ConfigJournal
  target: ConfigTarget
  /** Names the set of definitions that this program knows; under another one, refused resources deserve another try. */
  definitions: string
}

/** A bookmark only shortens a later resume: writing each one down is not worth an fsync. */
const bookmarkInterval = 30_000

const toChange = ({ key, version, body }: ConfigRow): ConfigChange => ({
  key: key as ConfigKey,
  version,
  resource: body === null ? null : (JSON.parse(body) as ConfigResource),
})
const toRow = ({ key, version, resource }: ConfigChange): ConfigRow => ({
  key,
  version,
  body: resource === null ? null : JSON.stringify(resource),
})

export class ConfigState {
  /** Versions of what is in force, and of what was removed since the last snapshot. */
  private readonly held = new Map<string, number>()
  private readonly removed = new Map<string, number>()
  private current: ConfigPosition | null
  private resumable: boolean
  private snapshot: (ConfigPosition & { refused: ConfigResult[] }) | null = null
  private bookmarkedAt = 0
  /** Refused, and not yet written down as that. */
  private readonly refused = new Set<string>()

  private constructor(private readonly options: ConfigStateOptions) {
    const { position } = options.stored
    this.current = position && { epoch: position.epoch, revision: position.revision }
    this.resumable = position?.definitions === options.definitions
  }

  /** Brings the engine to the state that was last good, and then what a crash kept from being applied. */
  static async restore(options: ConfigStateOptions): Promise<ConfigState> {
    const state = new ConfigState(options)
    const { resources, candidates } = options.stored
    for (const row of resources) state.remember(row.key, row.version, row.body === null)
    await options.target.apply(await state.readable(resources.filter((row) => row.body !== null)))
    if (candidates.length > 0) await state.settle(await state.readable(candidates))
    return state
  }

  /** What the engine runs. */
  get revision(): number | null {
    return this.current?.revision ?? null
  }

  /** From where the stream is resumed; null asks for a snapshot. */
  get position(): ConfigPosition | null {
    return this.resumable ? this.current : null
  }

  /** The control plane does not have our position any more. What we hold stays in force until the snapshot is whole. */
  forgetPosition(): void {
    this.resumable = false
  }

  async delta(revision: number, entries: ConfigEntry[]): Promise<ConfigResult[]> {
    if (this.position === null) throw new Error('a delta came before the first snapshot')
    if (this.snapshot !== null) throw new Error('a delta came within a snapshot')
    const checked = entries.map(checkEntry)
    const changes = latest(checked.flatMap((entry) => (entry.ok && this.isNew(entry.change) ? [entry.change] : [])))
    const { journal } = this.options
    if (changes.length > 0 || revision > this.current!.revision) {
      await journal.call('receive', { revision, changes: changes.map(toRow) })
      this.current!.revision = Math.max(this.current!.revision, revision)
    }
    const results = new Map((await this.settle(changes)).map((result) => [result.key, result]))
    return checked.map((entry) => {
      if (!entry.ok) return entry.result
      const { key, version } = entry.change
      const result = results.get(key)
      return result?.version === version ? result : { key, version, status: 'APPLIED' }
    })
  }

  async beginSnapshot(position: ConfigPosition): Promise<void> {
    await this.options.journal.call('beginSnapshot', null)
    this.snapshot = { ...position, refused: [] }
  }

  async addToSnapshot(entries: ConfigEntry[]): Promise<void> {
    if (this.snapshot === null) throw new Error('a snapshot chunk came outside a snapshot')
    const rows: ConfigRow[] = []
    for (const entry of entries) {
      const checked = checkEntry(entry)
      if (!checked.ok) this.snapshot.refused.push(checked.result)
      rows.push(checked.ok ? toRow(checked.change) : { key: entry.key, version: entry.version, body: null })
    }
    await this.options.journal.call('stage', { rows })
  }

  /** A result per changed or refused key. */
  async endSnapshot({ epoch, revision }: ConfigPosition): Promise<ConfigResult[]> {
    const { snapshot } = this
    if (snapshot === null) throw new Error('a snapshot ended that had not begun')
    if (snapshot.epoch !== epoch || snapshot.revision !== revision) throw new Error('another snapshot ended than began')
    const changed = await this.options.journal.call<ConfigRow[]>('endSnapshot', { epoch, revision })
    this.snapshot = null
    this.current = { epoch, revision }
    this.resumable = true
    this.removed.clear()
    for (const { key, version } of snapshot.refused) this.rank(key, version)
    return [...snapshot.refused, ...(await this.settle(await mapInSlices(changed, toChange)))]
  }

  async bookmark(revision: number): Promise<void> {
    if (this.position === null || this.snapshot !== null || revision <= this.current!.revision) return
    this.current!.revision = revision
    if (Date.now() - this.bookmarkedAt < bookmarkInterval) return
    this.bookmarkedAt = Date.now()
    await this.options.journal.call('bookmark', { revision })
  }

  private isNew({ key, version }: ConfigChange): boolean {
    return version > (this.held.get(key) ?? this.removed.get(key) ?? -1)
  }

  private remember(key: string, version: number, removal: boolean): void {
    const [to, from] = removal ? [this.removed, this.held] : [this.held, this.removed]
    from.delete(key)
    to.set(key, version)
  }

  /** Numbers the good version below one that was refused, as the database does. */
  private rank(key: string, refused: number): void {
    const version = this.held.get(key)
    if (version !== undefined) this.held.set(key, Math.min(version, refused - 1))
  }

  /** Rows that were written under other definitions are checked again; what fails waits for the snapshot that comes. */
  private async readable(rows: ConfigRow[]): Promise<ConfigChange[]> {
    if (this.resumable) return mapInSlices(rows, toChange)
    const checked = await mapInSlices(rows, ({ key, version, body }) => checkEntry({ key, version, resource: body }))
    return checked.flatMap((entry) => (entry.ok ? [entry.change] : []))
  }

  /** Applies what is durable, and writes the engine's verdict down. */
  private async settle(changes: ConfigChange[]): Promise<ConfigResult[]> {
    if (changes.length === 0) return []
    const { target, journal } = this.options
    const results = await target
      .apply(changes)
      .catch((error: Error) => changes.map(({ key, version }) => rejected(key, version, error.message)))
    const removals = new Set(changes.filter((change) => change.resource === null).map((change) => change.key))
    for (const { key, version, status } of results) {
      if (status === 'APPLIED') {
        this.remember(key, version, removals.has(key))
        this.refused.delete(key)
      } else {
        this.rank(key, version)
        this.refused.add(key)
      }
    }
    // After a failure here, such as a full disk, the next verdict settles these too.
    await journal.call('settle', { refused: [...this.refused] })
    this.refused.clear()
    return results
  }
}

/** One change per key: the newest. */
function latest(changes: ConfigChange[]): ConfigChange[] {
  const byKey = new Map<string, ConfigChange>()
  for (const change of changes) {
    const other = byKey.get(change.key)
    if (!other || change.version > other.version) byKey.set(change.key, change)
  }
  return [...byKey.values()]
}
