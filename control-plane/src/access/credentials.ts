/**
 * Sessions and API tokens. The database holds their SHA-256 only: the secrets have 256 random bits, so that a slow hash
 * would add nothing.
 *
 * Whoever is suspended, or whose tenant or one above it is, is signed out at once: that is part of each look-up.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../platform/database.js'
import { newId } from '../platform/ids.js'
import { abilityFor } from './ability.js'
import type { Role, Viewer, ViewerIdentity } from './viewer.js'

export const sessionDays = 7
const idleHours = 24
const tokenPrefix = 'mft_'

export interface IssuedSecret {
  id: string
  secret: string
  hash: Buffer
}

export const issueSessionSecret = (): IssuedSecret => issue('')
export const issueTokenSecret = (): IssuedSecret => issue(tokenPrefix)

function issue(prefix: string): IssuedSecret {
  const secret = prefix + randomBytes(32).toString('base64url')
  return { id: newId(), secret, hash: hashOf(secret) }
}

const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

interface ViewerRow {
  credential_id: string
  administrator_id: string
  role: Role
  tenant_id: string
  tenant_path: string
  stale: boolean
}

const viewerOf = `
  administrator.id AS administrator_id, administrator.role, tenant.id AS tenant_id, tenant.path::text AS tenant_path`
const activeAdministrator = `
  JOIN administrator ON administrator.id = credential.administrator_id AND administrator.status = 'ACTIVE'
  JOIN tenant ON tenant.id = administrator.tenant_id AND NOT EXISTS (
    SELECT 1 FROM tenant AS above WHERE above.path @> tenant.path AND above.status = 'SUSPENDED')`

/** `last_seen_at` is written once in a while, not with each request. */
const sessionViewer = `
  SELECT credential.id AS credential_id, ${viewerOf}, credential.last_seen_at < now() - interval '5 minutes' AS stale
  FROM session AS credential ${activeAdministrator}
  WHERE credential.token_hash = $1 AND credential.expires_at > now()
    AND credential.last_seen_at > now() - make_interval(hours => ${idleHours})`

const tokenViewer = `
  SELECT credential.id AS credential_id, ${viewerOf},
    coalesce(credential.last_used_at < now() - interval '5 minutes', true) AS stale
  FROM api_token AS credential ${activeAdministrator}
  WHERE credential.token_hash = $1 AND (credential.expires_at IS NULL OR credential.expires_at > now())`

export interface PresentedCredential {
  kind: 'session' | 'token'
  secret: string
}

/** Null where the credential is none, or not any more. */
export async function findViewer(database: Database, presented: PresentedCredential | null): Promise<Viewer | null> {
  if (!presented || presented.secret.length > 200) return null
  const { kind, secret } = presented
  const [row] = await database.query<ViewerRow>(kind === 'session' ? sessionViewer : tokenViewer, [hashOf(secret)])
  if (!row) return null
  if (row.stale) {
    const touch =
      kind === 'session'
        ? 'UPDATE session SET last_seen_at = now() WHERE id = $1'
        : 'UPDATE api_token SET last_used_at = now() WHERE id = $1'
    await database.query(touch, [row.credential_id])
  }
  const identity: ViewerIdentity = {
    administratorId: row.administrator_id,
    role: row.role,
    tenantId: row.tenant_id,
    tenantPath: row.tenant_path,
    credential: { kind, id: row.credential_id },
  }
  return { ...identity, ability: abilityFor(identity) }
}
