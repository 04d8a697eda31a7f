/**
 * Tells the streams of this replica that something in the log concerns their node.
 *
 * The log is read once for all of them: what a change costs grows with the nodes it concerns, not with the nodes
 * connected. A wake says nothing but "look"; a stream that was already awake loses none, since it looks again.
 */
import type { DataSource } from 'typeorm'
import { readHead, type LogHead } from './change-log.js'

export interface LogFollowerOptions {
  onError?: (error: unknown) => void
  /** Notifications can be lost; the log is looked at this often in any case. */
  pollMs?: number
}

export class LogFollower {
  private head: LogHead = { epoch: '', revision: 0, compactedTo: 0 }
  private readonly watchers = new Map<string, Set<() => void>>()
  private running: Promise<void> | null = null
  private again = false
  private stopped = false
  private timer: NodeJS.Timeout | null = null

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: LogFollowerOptions = {},
  ) {}

  async start(): Promise<void> {
    this.head = await readHead(this.dataSource)
    this.timer = setInterval(() => this.look(), this.options.pollMs ?? 1_000)
  }

  /** The newest head seen; never ahead of the log. */
  get current(): LogHead {
    return this.head
  }

  /** `onChange` is called whenever the log has something new for this node. */
  watch(mailNodeId: string, onChange: () => void): () => void {
    const watchers = this.watchers.get(mailNodeId) ?? new Set()
    this.watchers.set(mailNodeId, watchers.add(onChange))
    return () => {
      watchers.delete(onChange)
      if (watchers.size === 0 && this.watchers.get(mailNodeId) === watchers) this.watchers.delete(mailNodeId)
    }
  }

  get watcherCount(): number {
    let count = 0
    for (const watchers of this.watchers.values()) count += watchers.size
    return count
  }

  look(): void {
    if (this.stopped) return
    if (this.running) {
      this.again = true
      return
    }
    this.running = this.advance()
      .catch((error) => this.options.onError?.(error))
      .finally(() => {
        this.running = null
        if (this.again) {
          this.again = false
          this.look()
        }
      })
  }

  async stop(): Promise<void> {
    this.stopped = true
    if (this.timer) clearInterval(this.timer)
    await this.running
  }

  private async advance(): Promise<void> {
    const [row] = await this.dataSource.query(
      `SELECT head.epoch, head.revision, head.compacted_to,
         CASE WHEN head.revision > $1 THEN ARRAY(
           SELECT DISTINCT mail_node_id::text FROM change_log
           WHERE revision > $1 AND revision <= head.revision AND mail_node_id IS NOT NULL
         ) END AS concerned
       FROM change_head AS head`,
      [this.head.revision],
    )
    const before = this.head
    this.head = { epoch: row.epoch, revision: Number(row.revision), compactedTo: Number(row.compacted_to) }
    // Another database stands behind the same address: a restored backup, say. Every stream must find out.
    const replaced = before.epoch !== this.head.epoch || before.revision > this.head.revision
    const concerned: Iterable<string> = replaced ? [...this.watchers.keys()] : (row.concerned ?? [])
    for (const mailNodeId of concerned) for (const wake of this.watchers.get(mailNodeId) ?? []) wake()
  }
}
