/**
 * Who opens a node socket: a JWT that the node signed with the key it made at enrolment (RFC 7519, RFC 8037).
 *
 * The control plane holds public keys only. A token is good for one connection: its `jti` is stored until it has expired, in
 * a table that all replicas share. Every refusal looks the same from outside. A suspended node is let in, to be told so.
 */
import { decodeJwt, importJWK, jwtVerify, type JWK } from 'jose'
import type { DataSource } from 'typeorm'
import { isId } from '../../platform/ids.js'

const nodeAudience = 'mailfleet-node'
const maxLifetimeSeconds = 60
const clockToleranceSeconds = 5

export interface AuthenticatedNode {
  mailNodeId: string
  keyThumbprint: string
  suspended: boolean
}

export async function authenticateNode(dataSource: DataSource, token: unknown): Promise<AuthenticatedNode | null> {
  if (typeof token !== 'string' || token.length > 2_048) return null
  const issuer = claimedIssuer(token)
  if (issuer === null) return null
  const [node] = await dataSource.query(
    `SELECT id, public_key, key_thumbprint, status = 'SUSPENDED' AS suspended FROM mail_node
     WHERE id = $1 AND public_key IS NOT NULL`,
    [issuer],
  )
  if (!node) return null
  const mailNodeId: string = node.id
  const claims = await verified(token, node.public_key, mailNodeId)
  if (claims === null) return null
  const used = await dataSource.query(
    `INSERT INTO node_token_use (mail_node_id, jti, expires_at) VALUES ($1, $2, to_timestamp($3))
     ON CONFLICT DO NOTHING RETURNING jti`,
    [mailNodeId, claims.jti, claims.exp + clockToleranceSeconds + 1],
  )
  const { key_thumbprint: keyThumbprint, suspended } = node
  return used.length === 1 ? { mailNodeId, keyThumbprint, suspended } : null
}

function claimedIssuer(token: string): string | null {
  try {
    const { iss } = decodeJwt(token)
    return iss !== undefined && isId(iss) ? iss : null
  } catch {
    return null
  }
}

async function verified(
  token: string,
  publicKey: JWK,
  mailNodeId: string,
): Promise<{ jti: string; exp: number } | null> {
  try {
    const { payload } = await jwtVerify(token, await importJWK(publicKey, 'EdDSA'), {
      algorithms: ['EdDSA', 'Ed25519'],
      audience: nodeAudience,
      issuer: mailNodeId,
      subject: mailNodeId,
      requiredClaims: ['exp', 'jti', 'sub'],
      clockTolerance: clockToleranceSeconds,
    })
    const { jti, exp } = payload
    const latest = Date.now() / 1_000 + maxLifetimeSeconds + clockToleranceSeconds
    if (typeof jti !== 'string' || jti.length < 16 || jti.length > 128 || exp === undefined || exp > latest) return null
    return { jti, exp }
  } catch {
    return null
  }
}

/** Forgets tokens that have expired. */
export async function forgetExpiredTokens(dataSource: DataSource): Promise<void> {
  await dataSource.query('DELETE FROM node_token_use WHERE expires_at < now()')
}
