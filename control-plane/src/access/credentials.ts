/**
 * Sessions and API tokens. The database holds their SHA-256 only: the secrets have 256 random bits, so that a slow hash
 * would add nothing.
 *
 * Whoever is suspended, or whose tenant or one above it is, is signed out at once: that is part of each look-up. A session in
 * which one acts as somebody else goes by both of them, and falls back to its owner when that ends.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Database } from '../platform/database.js'
import { newId } from '../platform/ids.js'
import { abilityOf } from './ability.js'
import { isInRanges } from '../platform/http/ip-ranges.js'
import { impersonatedRules } from './impersonated.js'
import { effectiveRules, loadRights, rightsColumns, rightsOf, type Rights, type RightsRow } from './rights.js'
import type { Rule } from './rules.js'
import { lacksSecondFactor } from './second-factor-rule.js'
import { tokenRules, type TokenScope } from './token-scope.js'
import type { Viewer, ViewerIdentity } from './viewer.js'

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

export const issueStepSecret = (): IssuedSecret => issue('')

export const hashOf = (secret: string): Buffer => createHash('sha256').update(secret).digest()

interface ViewerRow extends RightsRow {
  credential_id: string
  stale: boolean
  impersonator_id: string | null
  impersonation_ends_at: Date | null
  confirmed_at: Date | null
  must_enrol: boolean
  scope: TokenScope | null
  ip_ranges: string[]
}

/** Of a row of `administrator`: neither suspended, nor in a tenant that is, nor below one. */
export const administratorIsActive = (
  administrator: string,
): string => `${administrator}.status = 'ACTIVE' AND NOT EXISTS (
  SELECT 1 FROM tenant AS own JOIN tenant AS above ON above.path @> own.path
  WHERE own.id = ${administrator}.tenant_id AND above.status = 'SUSPENDED')`

/** `last_seen_at` is written once in a while, not with each request. */
const sessionViewer = `
  SELECT credential.id AS credential_id, credential.last_seen_at < now() - interval '5 minutes' AS stale,
    CASE WHEN acting.id IS NOT NULL THEN holder.id END AS impersonator_id, acting.ends_at AS impersonation_ends_at,
    credential.confirmed_at, NULL::json AS scope, '{}'::text[] AS ip_ranges,
    NOT credential.second_factor AND ${lacksSecondFactor('holder')} AS must_enrol, ${rightsColumns}
  FROM session AS credential
  JOIN administrator AS holder ON holder.id = credential.administrator_id AND ${administratorIsActive('holder')}
  LEFT JOIN LATERAL (
    SELECT credential.impersonated_id AS id, credential.impersonation_ends_at AS ends_at
    WHERE credential.impersonation_ends_at > now() AND credential.impersonated_id IS NOT NULL) AS acting ON true
  JOIN administrator ON administrator.id = coalesce(acting.id, holder.id) AND ${administratorIsActive('administrator')}
  JOIN tenant ON tenant.id = administrator.tenant_id
  WHERE credential.token_hash = $1 AND credential.expires_at > now()
    AND credential.last_seen_at > now() - make_interval(hours => ${idleHours})`

const tokenViewer = `
  SELECT credential.id AS credential_id,
    coalesce(credential.last_used_at < now() - interval '5 minutes', true)
      OR credential.last_used_ip IS DISTINCT FROM $2 AS stale,
    NULL::uuid AS impersonator_id, NULL::timestamptz AS impersonation_ends_at,
    NULL::timestamptz AS confirmed_at, credential.ip_ranges, ${lacksSecondFactor('administrator')} AS must_enrol,
    CASE WHEN credential.rules IS NOT NULL OR credential.tenant_id IS NOT NULL
      THEN json_build_object('rules', credential.rules, 'tenantPath', coalesce(place.path, tenant.path)::text)
    END AS scope, ${rightsColumns}
  FROM api_token AS credential
  JOIN administrator ON administrator.id = credential.administrator_id AND ${administratorIsActive('administrator')}
  JOIN tenant ON tenant.id = administrator.tenant_id
  LEFT JOIN tenant AS place ON place.id = credential.tenant_id
  WHERE credential.token_hash = $1 AND (credential.expires_at IS NULL OR credential.expires_at > now())`

/** Of a row of `administrator`: with a password or passkey that is kept here, and not only through a source. */
export const maySignInLocally = (
  administrator: string,
): string => `(${administrator}.identity_source_id IS NULL OR EXISTS (
  SELECT 1 FROM identity_source AS source WHERE source.id = ${administrator}.identity_source_id AND source.local_sign_in))`

export interface PresentedCredential {
  kind: 'session' | 'token'
  secret: string
  /** From where it is shown. */
  address: string
}

/** Null where the credential is none, or not any more. */
export async function findViewer(database: Database, presented: PresentedCredential | null): Promise<Viewer | null> {
  if (!presented || presented.secret.length > 200) return null
  const { kind, secret, address } = presented
  const [row] =
    kind === 'session'
      ? await database.query<ViewerRow>(sessionViewer, [hashOf(secret)])
      : await database.query<ViewerRow>(tokenViewer, [hashOf(secret), address])
  if (!row || (row.ip_ranges.length > 0 && !isInRanges(address, row.ip_ranges))) return null
  if (row.stale) {
    const touch =
      kind === 'session'
        ? 'UPDATE session SET last_seen_at = now(), ip_address = $2 WHERE id = $1'
        : 'UPDATE api_token SET last_used_at = now(), last_used_ip = $2 WHERE id = $1'
    await database.query(touch, [row.credential_id, address])
  }
  const rights = rightsOf(row)
  const all = effectiveRules(rights)
  const own = withinScope(all, row, rights)
  const { impersonator_id: impersonatorId, impersonation_ends_at: endsAt } = row
  const identity: ViewerIdentity = {
    administratorId: rights.administratorId,
    email: rights.email,
    role: rights.role,
    tenantId: rights.tenantId,
    tenantPath: rights.tenantPath,
    credential: { kind, id: row.credential_id },
    confirmedAt: row.confirmed_at,
    mustEnrol: row.must_enrol,
    scoped: row.scope !== null,
    impersonator: null,
  }
  if (impersonatorId === null || row.must_enrol) return { ...identity, rules: own, ability: abilityOf(own) }
  const impersonator = (await loadRights(database, [impersonatorId])).get(impersonatorId)
  if (!impersonator) return null
  const rules = impersonatedRules(own, effectiveRules(impersonator), impersonatorId)
  const { administratorId, email } = impersonator
  return { ...identity, impersonator: { administratorId, email, endsAt: endsAt! }, rules, ability: abilityOf(rules) }
}

/** Of all that an administrator may, what this credential gives at this moment. */
function withinScope(all: readonly Rule[], row: ViewerRow, rights: Rights): readonly Rule[] {
  if (row.must_enrol) {
    const conditions = { tenantPath: rights.tenantPath }
    const origin = { kind: 'BASELINE' } as const
    // Who one is, and of which tenant: what the console needs to say that a second factor is wanted.
    return [
      ...all.filter((rule) => rule.origin.kind === 'BASELINE'),
      { effect: 'ALLOW', actions: ['read'], subject: 'Tenant', conditions, origin },
    ]
  }
  return row.scope ? tokenRules(all, row.scope, rights) : all
}
