/**
 * Moves committed records from the outbox into the change log and gives them dense revisions.
 *
 * Any replica may run it; the advisory lock lets one at a time. The lock is taken before the statement takes its
 * snapshot, so whoever holds it sees all that was committed before. A record whose transaction commits late is invisible
 * until then and gets a later revision: no reader ever sees a gap filled in behind it. One NOTIFY a batch, since
 * PostgreSQL serialises commits that notify.
 */
import type { DataSource } from 'typeorm'
import { changeChannel, sequencerLock } from './channels.js'

const moveBatch = `
  WITH moved AS (
    DELETE FROM change_outbox WHERE id IN (SELECT id FROM change_outbox ORDER BY id LIMIT $1)
    RETURNING id, kind, resource_id, mail_node_id
  ), counted AS (
    SELECT count(*) AS records FROM moved
  ), head AS (
    UPDATE change_head SET revision = revision + counted.records FROM counted WHERE counted.records > 0
    RETURNING revision
  ), logged AS (
    INSERT INTO change_log (revision, kind, resource_id, mail_node_id)
    SELECT head.revision - counted.records + row_number() OVER (ORDER BY moved.id), kind, resource_id, mail_node_id
    FROM moved, counted, head
  )
  SELECT counted.records::int, pg_notify($2, head.revision::text) FROM counted, head`

export interface SequencerOptions {
  onSequenced?: () => void
  onError?: (error: unknown) => void
  batchSize?: number
  /** Records of a replica that died between commit and wake wait this long at most. */
  pollMs?: number
}

export class Sequencer {
  private running: Promise<void> | null = null
  private again = false
  private stopped = false
  private readonly timer: NodeJS.Timeout

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: SequencerOptions = {},
  ) {
    this.timer = setInterval(() => void this.pollOnce(), options.pollMs ?? 1_000)
  }

  /** To be called after each commit that recorded changes. Returns at once. */
  wake(): void {
    if (this.stopped) return
    if (this.running) {
      this.again = true
      return
    }
    this.running = this.drain().finally(() => {
      this.running = null
      if (this.again) {
        this.again = false
        this.wake()
      }
    })
  }

  /** Resolves when no run of this process is under way. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  async stop(): Promise<void> {
    this.stopped = true
    this.again = false
    clearInterval(this.timer)
    await this.idle()
  }

  private async pollOnce(): Promise<void> {
    if (this.running || this.stopped) return
    try {
      const [row] = await this.dataSource.query('SELECT EXISTS (SELECT 1 FROM change_outbox) AS waiting')
      if (row.waiting) this.wake()
    } catch (error) {
      this.options.onError?.(error)
    }
  }

  private async drain(): Promise<void> {
    const batchSize = this.options.batchSize ?? 2_000
    try {
      let moved = batchSize
      while (moved === batchSize && !this.stopped) {
        moved = await this.dataSource.transaction('READ COMMITTED', async (manager) => {
          await manager.query('SELECT pg_advisory_xact_lock($1)', [sequencerLock])
          const [row] = await manager.query(moveBatch, [batchSize, changeChannel])
          return row?.records ?? 0
        })
        if (moved > 0) this.options.onSequenced?.()
      }
    } catch (error) {
      // The records stay in the outbox; the next wake or poll takes them.
      this.options.onError?.(error)
    }
  }
}
