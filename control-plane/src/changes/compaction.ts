/**
 * Shortens the change log. Of rows older than `keepForMs` the last one of each key and node stays, as the version of
 * that resource, unless the resource is deleted; a node whose position is below `compacted_to` gets a snapshot.
 * The newest row of a node always stays: it is the node's desired revision.
 *
 * The mark is raised in the transaction that deletes, so that a reader sees both or neither.
 */
import type { DataSource } from 'typeorm'
import { compactionLock } from './channels.js'

export interface CompactionOptions {
  /** How long a node may be away and still get only what changed. */
  keepForMs?: number
  /** Revisions looked at in one transaction. */
  span?: number
  /** Ends it after the transaction that is under way. */
  signal?: AbortSignal
}

const oneDay = 86_400_000

/** Everything, however old, that a row of the span replaced. */
const deleteSuperseded = `
  DELETE FROM change_log AS log USING change_log AS later
  WHERE later.revision > $1 AND later.revision <= $2 AND log.revision < later.revision
    AND log.mail_node_id = later.mail_node_id AND log.kind = later.kind AND log.resource_id = later.resource_id`

const deleteGone = `
  DELETE FROM change_log AS log
  WHERE log.revision > $1 AND log.revision <= $2 AND (
    log.mail_node_id IS NULL
    OR NOT EXISTS (SELECT 1 FROM mail_node WHERE mail_node.id = log.mail_node_id)
    OR (
      CASE log.kind
        WHEN 'Domain' THEN NOT EXISTS (SELECT 1 FROM domain WHERE domain.id = log.resource_id)
        WHEN 'Mailbox' THEN NOT EXISTS (SELECT 1 FROM mailbox WHERE mailbox.id = log.resource_id)
        WHEN 'Alias' THEN NOT EXISTS (SELECT 1 FROM alias WHERE alias.id = log.resource_id)
        WHEN 'Group' THEN NOT EXISTS (SELECT 1 FROM mail_group WHERE mail_group.id = log.resource_id)
        WHEN 'AppPassword' THEN NOT EXISTS (SELECT 1 FROM app_password WHERE app_password.id = log.resource_id)
        WHEN 'SendBudget' THEN NOT EXISTS (SELECT 1 FROM send_share WHERE send_share.id = log.resource_id)
        WHEN 'Forward' THEN NOT EXISTS (SELECT 1 FROM forward WHERE forward.id = log.resource_id)
        WHEN 'QueueHold' THEN NOT EXISTS (SELECT 1 FROM queue_hold WHERE queue_hold.id = log.resource_id)
        WHEN 'QueueCommand' THEN NOT EXISTS (SELECT 1 FROM queue_command WHERE queue_command.id = log.resource_id)
        ELSE false
      END
      AND EXISTS (
        SELECT 1 FROM change_log AS newer
        WHERE newer.mail_node_id = log.mail_node_id AND newer.revision > log.revision)))`

/** Compacts until nothing is old enough; returns the number of rows deleted. */
export async function compactLog(dataSource: DataSource, options: CompactionOptions = {}): Promise<number> {
  const { keepForMs = oneDay, span = 20_000, signal } = options
  let deleted = 0
  while (!signal?.aborted) {
    const step = await compactSpan(dataSource, keepForMs, span)
    if (step === null) break
    deleted += step
  }
  return deleted
}

async function compactSpan(dataSource: DataSource, keepForMs: number, span: number): Promise<number | null> {
  return dataSource.transaction(async (manager) => {
    const [lock] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS mine', [compactionLock])
    if (!lock.mine) return null
    const [range] = await manager.query(
      `SELECT head.compacted_to AS low, (
         SELECT max(revision) FROM (
           SELECT revision, created_at FROM change_log
           WHERE revision > head.compacted_to ORDER BY revision LIMIT $2
         ) AS oldest WHERE created_at < now() - make_interval(secs => $1)
       ) AS high
       FROM change_head AS head`,
      [keepForMs / 1_000, span],
    )
    if (range.high === null) return null
    await manager.query('UPDATE change_head SET compacted_to = $1', [range.high])
    const revisions = [range.low, range.high]
    const [, superseded] = await manager.query(deleteSuperseded, revisions)
    const [, gone] = await manager.query(deleteGone, revisions)
    return superseded + gone
  })
}
