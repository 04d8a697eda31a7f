/**
 * Which e-mail domains lead to which source. A domain that is somebody else's must not: people who type their address would be sent
 * to a stranger's sign-in page, or their password to a stranger's directory. So a tenant leads its own proven domains, and those of tenants
 * below it; the platform leads any.
 */
import { normalizeDomain } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { Tenant } from '../tenants/index.js'

const maxDomains = 100

export async function requireEmailDomains(
  manager: EntityManager,
  tenant: Tenant,
  given: readonly string[],
): Promise<string[]> {
  if (given.length > maxDomains) throw invalidInput(['emailDomains'], `At most ${maxDomains}.`, { max: maxDomains })
  const domains = given.map((text, index) => {
    const domain = normalizeDomain(text.trim())
    if (!domain) throw invalidInput(['emailDomains', String(index)], 'This is not a domain name.')
    return domain
  })
  if (tenant.kind !== 'PLATFORM') await requireOwned(manager, tenant, domains)
  return [...new Set(domains)]
}

async function requireOwned(manager: EntityManager, tenant: Tenant, domains: string[]): Promise<void> {
  const rows: { name: string }[] = await manager.query(
    `SELECT domain.name FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE domain.name = ANY($1::text[]) AND tenant.path <@ $2::ltree AND domain.proof IS NOT NULL`,
    [domains, tenant.path],
  )
  const owned = new Set(rows.map(({ name }) => name))
  const strange = domains.findIndex((domain) => !owned.has(domain))
  if (strange >= 0) {
    const message = 'This is no proven domain of the tenant, or of one below it.'
    throw invalidInput(['emailDomains', String(strange)], message, { domain: domains[strange]! })
  }
}

/** Of two sources that want the same domain the first has it. */
export async function leadDomains(manager: EntityManager, sourceId: string, domains: readonly string[]): Promise<void> {
  await manager.query('DELETE FROM identity_source_domain WHERE identity_source_id = $1', [sourceId])
  const taken = () => new ExpectedError('ALREADY_EXISTS', { path: ['emailDomains'] })
  await translateConstraints({ identity_source_domain_key: taken }, () =>
    manager.query('INSERT INTO identity_source_domain (domain, identity_source_id) SELECT unnest($1::text[]), $2', [
      domains,
      sourceId,
    ]),
  )
}
