/**
 * Somebody's rights for work that goes on after the request that began it. They are read anew each time: who was suspended, whose
 * token was revoked or whose impersonation has ended may nothing any more, and what was given meanwhile counts. Signing out ends
 * nothing: it says that one leaves the browser.
 */
import type { Database } from '../platform/database.js'
import { abilityOf } from './ability.js'
import { administratorIsActive } from './credentials.js'
import { impersonatedRules } from './impersonated.js'
import { effectiveRules, rightsColumns, rightsOf, type RightsRow } from './rights.js'
import { lacksSecondFactor } from './second-factor-rule.js'
import { tokenRules, type TokenScope } from './token-scope.js'
import type { Viewer } from './viewer.js'

/** Who began the work; kept with it as JSON. */
export interface Starter {
  administratorId: string
  credential: Viewer['credential']
  impersonator: { administratorId: string; endsAt: string } | null
}

export const starterOf = ({ administratorId, credential, impersonator }: Viewer): Starter => ({
  administratorId,
  credential,
  impersonator: impersonator && {
    administratorId: impersonator.administratorId,
    endsAt: impersonator.endsAt.toISOString(),
  },
})

interface StandingRow extends RightsRow {
  token_id: string | null
  lacks_factor: boolean
  scope: TokenScope | null
}

const standing = `
  SELECT credential.id AS token_id, ${lacksSecondFactor('administrator')} AS lacks_factor,
    CASE WHEN credential.rules IS NOT NULL OR credential.tenant_id IS NOT NULL
      THEN json_build_object('rules', credential.rules, 'tenantPath', coalesce(place.path, tenant.path)::text)
    END AS scope, ${rightsColumns}
  FROM administrator JOIN tenant ON tenant.id = administrator.tenant_id
  LEFT JOIN api_token AS credential ON credential.id = $2 AND credential.administrator_id = administrator.id
    AND (credential.expires_at IS NULL OR credential.expires_at > now())
  LEFT JOIN tenant AS place ON place.id = credential.tenant_id
  WHERE administrator.id = $1 AND ${administratorIsActive('administrator')}`

/** Null: they may nothing any more. */
export async function standingViewer(database: Pick<Database, 'query'>, starter: Starter): Promise<Viewer | null> {
  const { credential, impersonator: acting } = starter
  const read = async (id: string): Promise<StandingRow | undefined> =>
    (await database.query<StandingRow>(standing, [id, credential.kind === 'token' ? credential.id : null]))[0]
  const row = await read(starter.administratorId)
  // A session has shown its second factor; a token has none to show.
  if (!row || (credential.kind === 'token' && (row.token_id === null || row.lacks_factor))) return null
  const rights = rightsOf(row)
  const all = effectiveRules(rights)
  const own = row.scope ? tokenRules(all, row.scope, rights) : all
  const viewer: Viewer = {
    administratorId: rights.administratorId,
    email: rights.email,
    role: rights.role,
    tenantId: rights.tenantId,
    tenantPath: rights.tenantPath,
    credential,
    confirmedAt: null,
    mustEnrol: false,
    scoped: row.scope !== null,
    impersonator: null,
    rules: own,
    ability: abilityOf(own),
  }
  if (!acting) return viewer
  const endsAt = new Date(acting.endsAt)
  const other = endsAt.getTime() > Date.now() ? await read(acting.administratorId) : undefined
  if (!other) return null
  const rules = impersonatedRules(own, effectiveRules(rightsOf(other)), acting.administratorId)
  const impersonator = { administratorId: acting.administratorId, email: other.email, endsAt }
  return { ...viewer, impersonator, rules, ability: abilityOf(rules) }
}
