/**
 * A node's answer to a frame: how far it is, and what it refused.
 *
 * A delta's results name keys of that frame in the version that was sent. A snapshot's name refused keys; what a snapshot's
 * answer does not name is in force. An answer that breaks a rule changes nothing.
 */
import { configKinds } from '@mailfleet/schema'
import type { DataSource } from 'typeorm'
import { storableText } from '../../platform/storable-text.js'
import type { NodeSession } from '../link/node-session.js'
import type { SentFrame } from './unacknowledged.js'

export interface ConfigResult {
  key: string
  version: number
  status: 'APPLIED' | 'REJECTED'
  error: string | null
}

const maxResults = 10_000
const maxReasonLength = 1_000

/** What is wrong with the results for this frame; null: nothing. */
export function findFault(frame: SentFrame, results: readonly ConfigResult[]): string | null {
  if (results.length > maxResults) return `more than ${maxResults} results`
  for (const { key, version } of results) {
    const slash = key.indexOf('/')
    if (!(configKinds as string[]).includes(key.slice(0, slash)) || key.length > 128 || key.includes('\0'))
      return 'an unknown key'
    if (frame.versions && frame.versions.get(key) !== version) return 'a key or version that the frame does not have'
  }
  return null
}

/** A stream begins: the node has `revision` durable, or nothing (0) and gets a snapshot. */
export async function beginAt(dataSource: DataSource, session: NodeSession, revision: number): Promise<void> {
  await dataSource.query(
    'UPDATE mail_node_link SET acknowledged_revision = $3 WHERE mail_node_id = $1 AND link_id = $2',
    [session.mailNodeId, session.identity.linkId, revision],
  )
}

/** False for a nonce that waits for no answer (any more). */
export async function acknowledge(
  dataSource: DataSource,
  session: NodeSession,
  nonce: string,
  results: readonly ConfigResult[],
): Promise<boolean> {
  const stream = session.stream
  const frame = stream?.acknowledge(nonce)
  if (!stream || !frame) return false
  const { mailNodeId, linkId } = session.identity
  const rejected = results.filter((result) => result.status === 'REJECTED')
  const rejectedKeys = rejected.map((result) => result.key)
  await dataSource.transaction(async (manager) => {
    await manager.query(
      `DELETE FROM config_rejection WHERE mail_node_id = $1
         AND ($2::text[] IS NULL OR kind || '/' || resource_id = ANY($2)) AND kind || '/' || resource_id <> ALL($3)`,
      [mailNodeId, frame.versions && [...frame.versions.keys()], rejectedKeys],
    )
    if (rejected.length > 0)
      await manager.query(
        `INSERT INTO config_rejection (mail_node_id, kind, resource_id, revision, reason)
         SELECT $1, split_part(key, '/', 1), split_part(key, '/', 2), revision, reason
         FROM unnest($2::text[], $3::bigint[], $4::text[]) AS rejected (key, revision, reason)
         ON CONFLICT (mail_node_id, kind, resource_id) DO UPDATE
           SET revision = excluded.revision, reason = excluded.reason, at = excluded.at`,
        [
          mailNodeId,
          rejectedKeys,
          rejected.map((result) => result.version),
          rejected.map((result) => storableText(result.error || 'The node gave no reason.').slice(0, maxReasonLength)),
        ],
      )
    // Answers of one stream may be stored out of order; only the newest link may write.
    if (stream.acknowledgedRevision !== null)
      await manager.query(
        `UPDATE mail_node_link SET acknowledged_revision = greatest(acknowledged_revision, $3)
         WHERE mail_node_id = $1 AND link_id = $2`,
        [mailNodeId, linkId, stream.acknowledgedRevision],
      )
  })
  return true
}
