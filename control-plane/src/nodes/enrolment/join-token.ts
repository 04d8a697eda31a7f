/** One-time join tokens: 256 random bits, of which only a SHA-256 hash is stored. Random enough that a slow hash adds nothing. */
import { createHash, randomBytes } from 'node:crypto'
import type { EntityManager } from 'typeorm'

const prefix = 'mfj_'
const lifetimeHours = 24

const hashJoinToken = (token: string): Buffer => createHash('sha256').update(token).digest()

/** Replaces the node's earlier token, used or not. */
export async function issueJoinToken(
  manager: EntityManager,
  mailNodeId: string,
): Promise<{ token: string; expiresAt: Date }> {
  const token = prefix + randomBytes(32).toString('base64url')
  const [row] = await manager.query(
    `INSERT INTO join_token (mail_node_id, token_hash, expires_at)
     VALUES ($1, $2, now() + make_interval(hours => $3))
     ON CONFLICT (mail_node_id) DO UPDATE
       SET token_hash = excluded.token_hash, expires_at = excluded.expires_at, used_at = NULL
     RETURNING expires_at`,
    [mailNodeId, hashJoinToken(token), lifetimeHours],
  )
  return { token, expiresAt: row.expires_at }
}

/** Uses the token up and names its node; null for one that is unknown, used, expired, or of a suspended node. */
export async function redeemJoinToken(manager: EntityManager, token: string): Promise<string | null> {
  const [rows] = await manager.query(
    `UPDATE join_token AS token SET used_at = now() FROM mail_node AS node
     WHERE token.token_hash = $1 AND token.used_at IS NULL AND token.expires_at > now()
       AND node.id = token.mail_node_id AND node.status = 'ACTIVE'
     RETURNING token.mail_node_id`,
    [hashJoinToken(token)],
  )
  return rows[0]?.mail_node_id ?? null
}
