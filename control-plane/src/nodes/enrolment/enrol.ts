/**
 * Enrolment: a join token is exchanged for a place in the fleet, once, by whoever proves the key that it will use from then on.
 *
 * Wrong, used and expired tokens take the same path, the same statement and the same answer. The proof is checked before the
 * token is looked at, so that a node with a broken key does not lose its token, and no answer tells a token's state.
 */
import type { ErrorCode } from '@mailfleet/schema'
import type { DataSource } from 'typeorm'
import { redeemJoinToken } from './join-token.js'
import { parsePublicKey, provesPossession } from './node-key.js'

export interface EnrolRequest {
  joinToken: string
  publicKey: string
  proof: string
  agentVersion: string
}

export type EnrolResult =
  { nodeId: string; nodeName: string; errorCode: null } | { nodeId: null; nodeName: null; errorCode: ErrorCode }

const refused = (errorCode: ErrorCode): EnrolResult => ({ nodeId: null, nodeName: null, errorCode })

export async function enrol(dataSource: DataSource, request: EnrolRequest): Promise<EnrolResult> {
  const { joinToken, publicKey, proof, agentVersion } = request
  if (joinToken.length > 256 || agentVersion.length < 1 || agentVersion.length > 64) return refused('INVALID_INPUT')
  const key = await parsePublicKey(publicKey)
  if (!key || !(await provesPossession(proof, key.jwk, joinToken))) return refused('INVALID_INPUT')
  return dataSource.transaction(async (manager) => {
    const nodeId = await redeemJoinToken(manager, joinToken)
    if (nodeId === null) return refused('INVALID_JOIN_TOKEN')
    const [[node]] = await manager.query(
      `UPDATE mail_node SET public_key = $2, key_thumbprint = $3, enrolled_at = now(), updated_at = now()
       WHERE id = $1 RETURNING name`,
      [nodeId, JSON.stringify(key.jwk), key.thumbprint],
    )
    await manager.query(
      `INSERT INTO mail_node_link (mail_node_id, agent_version) VALUES ($1, $2)
       ON CONFLICT (mail_node_id) DO UPDATE SET agent_version = excluded.agent_version`,
      [nodeId, agentVersion],
    )
    return { nodeId, nodeName: node.name, errorCode: null }
  })
}
