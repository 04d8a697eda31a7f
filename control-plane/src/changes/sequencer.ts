/**
 * Moves committed records from the outbox into the change log and gives them dense revisions.
 *
 * Any replica may run it; the advisory lock lets one at a time. The lock is taken before the statement takes its
 * snapshot, so whoever holds it sees all that was committed before. A record whose transaction commits late is invisible
 * until then and gets a later revision: no reader ever sees a gap filled in behind it. One NOTIFY a batch, since
 * PostgreSQL serialises commits that notify.
 *
 * The history numbers a transaction by its last record: one that fills several batches has its number when the last is moved.
 */
import type { DataSource } from 'typeorm'
import { BackgroundWork } from '../platform/background-work.js'
import type { SequencerMetrics } from './change.metrics.js'
import { changeChannel, sequencerLock } from './channels.js'

const moveBatch = `
  WITH moved AS (
    DELETE FROM change_outbox WHERE id IN (SELECT id FROM change_outbox ORDER BY id LIMIT $1)
    RETURNING id, kind, resource_id, mail_node_id, transaction_id
  ), counted AS (
    SELECT count(*) AS records FROM moved
  ), head AS (
    UPDATE change_head SET revision = revision + counted.records FROM counted WHERE counted.records > 0
    RETURNING revision
  ), numbered AS (
    SELECT head.revision - counted.records + row_number() OVER (ORDER BY moved.id) AS revision, moved.*
    FROM moved, counted, head
  ), logged AS (
    INSERT INTO change_log (revision, kind, resource_id, mail_node_id)
    SELECT revision, kind, resource_id, mail_node_id FROM numbered
  ), noted AS (
    INSERT INTO config_revision AS known (transaction_id, revision, mail_node_ids)
    SELECT transaction_id, max(revision), coalesce(array_agg(DISTINCT mail_node_id) FILTER (WHERE mail_node_id IS NOT NULL), '{}')
    FROM numbered
    WHERE EXISTS (SELECT FROM audit_entry AS entry
      WHERE entry.transaction_id = numbered.transaction_id AND entry.change <> 'READ')
    GROUP BY transaction_id
    ON CONFLICT (transaction_id) DO UPDATE SET revision = excluded.revision,
      mail_node_ids = ARRAY(SELECT unnest(known.mail_node_ids) UNION SELECT unnest(excluded.mail_node_ids))
  )
  SELECT counted.records::int, pg_notify($2, head.revision::text) FROM counted, head`

export interface SequencerOptions {
  onSequenced?: () => void
  onError?: (error: unknown) => void
  metrics?: SequencerMetrics
  batchSize?: number
  /** Records of a replica that died between commit and wake wait this long at most. */
  pollMs?: number
}

/** To be woken after each commit that recorded changes. Records that a failure leaves stay in the outbox for the next step. */
export function startSequencer(dataSource: DataSource, options: SequencerOptions = {}): BackgroundWork {
  const { onSequenced, onError = () => undefined, metrics, batchSize = 2_000, pollMs = 1_000 } = options
  return new BackgroundWork({
    everyMs: pollMs,
    onError,
    async step() {
      const took = metrics?.steps.startTimer()
      const moved: number = await dataSource.transaction('READ COMMITTED', async (manager) => {
        await manager.query('SELECT pg_advisory_xact_lock($1)', [sequencerLock])
        const [row] = await manager.query(moveBatch, [batchSize, changeChannel])
        return row?.records ?? 0
      })
      took?.()
      metrics?.records.inc(moved)
      if (moved > 0) onSequenced?.()
      return moved === batchSize
    },
  })
}
