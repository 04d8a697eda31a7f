/**
 * What follows from a check: the domain is proven, or ready; alerts are opened for what was right and is not any more, and closed when it is
 * right again, and both are told like changes of the domain. Where nobody answered nothing follows: the last answer counts on.
 */
import type { EntityManager } from 'typeorm'
import { recordObservation } from '../audit/index.js'
import { Domain, lockName, prove, stateOf } from '../domains/index.js'
import { nextCheckIn } from './check-times.js'
import type { Finding } from './checks/finding.js'

type Found = Omit<Finding, 'settled'>

/** In a transaction. The domain may have gone, or been proven by others, while DNS was asked. */
export async function recordCheck(manager: EntityManager, checked: Domain, found: readonly Found[]): Promise<void> {
  await lockName(manager, checked.name)
  await manager.query('SELECT FROM domain WHERE id = $1 FOR UPDATE', [checked.id])
  const domain = await manager.findOne(Domain, { where: { id: checked.id }, relations: { tenant: true } })
  // Its claim has another token now where it went to another tenant: what was found is about the former one.
  if (!domain || domain.ownershipToken !== checked.ownershipToken) return
  const [before] = await manager.query('SELECT findings, quiet FROM domain_dns_check WHERE domain_id = $1 FOR UPDATE', [
    domain.id,
  ])
  const former = new Map((before.findings as Finding[]).map((finding) => [keyOf(finding), finding]))
  const findings = found.map((finding): Finding => {
    const { verdict } = finding
    return { ...finding, settled: verdict === 'UNKNOWN' ? (former.get(keyOf(finding))?.settled ?? null) : verdict }
  })
  await recordDrift(manager, domain, findings, former)
  await moveOn(manager, domain, findings)
  const isSame = findings.every((finding) => former.get(keyOf(finding))?.settled === finding.settled)
  const quiet = isSame ? before.quiet + 1 : 0
  await manager.query(
    `UPDATE domain_dns_check SET findings = $2, quiet = $3, checked_at = now(), next_check_at = now() + $4 * interval '1 ms'
     WHERE domain_id = $1`,
    [domain.id, JSON.stringify(findings), quiet, nextCheckIn(stateOf(domain), quiet)],
  )
}

const keyOf = ({ purpose, host }: Pick<Finding, 'purpose' | 'host'>): string => `${purpose} ${host}`

async function recordDrift(
  manager: EntityManager,
  { id: domainId, name: label, tenantId }: Domain,
  findings: readonly Finding[],
  former: ReadonlyMap<string, Finding>,
): Promise<void> {
  const before = await openAlertsOf(manager, domainId)
  const isBad = ({ verdict }: Finding): boolean => verdict === 'MISSING' || verdict === 'WRONG'
  for (const finding of findings.filter(isBad)) {
    if (former.get(keyOf(finding))?.settled !== 'OK') continue
    const { purpose, host, verdict, reason, expected, found } = finding
    await manager.query(
      `INSERT INTO domain_alert (domain_id, purpose, host, verdict, reason, expected, found) VALUES ($1, $2, $3, $4, $5, $6, $7)
       ON CONFLICT (domain_id, purpose, host) WHERE resolved_at IS NULL DO NOTHING`,
      [domainId, purpose, host, verdict, reason, expected, JSON.stringify(found)],
    )
  }
  const unsettled = findings.filter(({ settled }) => settled !== 'OK').map(keyOf)
  await manager.query(
    `UPDATE domain_alert SET resolved_at = now()
     WHERE domain_id = $1 AND resolved_at IS NULL AND purpose || ' ' || host <> ALL($2::text[])`,
    [domainId, unsettled],
  )
  const after = await openAlertsOf(manager, domainId)
  if (before.join() === after.join()) return
  const about = { subjectType: 'Domain', subjectId: domainId, label, tenantId }
  await recordObservation(manager, { ...about, before: { open_alerts: before }, after: { open_alerts: after } })
}

async function openAlertsOf(manager: EntityManager, domainId: string): Promise<string[]> {
  const rows: { alert: string }[] = await manager.query(
    `SELECT concat_ws(' ', purpose, host, verdict) AS alert FROM domain_alert
     WHERE domain_id = $1 AND resolved_at IS NULL ORDER BY alert`,
    [domainId],
  )
  return rows.map(({ alert }) => alert)
}

/** Changes `domain` too, as the row is changed. */
async function moveOn(manager: EntityManager, domain: Domain, findings: readonly Finding[]): Promise<void> {
  if (!domain.proof) {
    if (!findings.some(({ purpose, verdict }) => purpose === 'OWNERSHIP' && verdict === 'OK')) return
    await prove(manager, domain, 'DNS')
    domain.proof = 'DNS'
  }
  const required = findings.filter(({ purpose, need }) => need === 'REQUIRED' && purpose !== 'OWNERSHIP')
  if (domain.readyAt || required.length === 0 || required.some(({ verdict }) => verdict !== 'OK')) return
  domain.readyAt = new Date()
  await manager.query('UPDATE domain SET ready_at = $2, version = version + 1, updated_at = now() WHERE id = $1', [
    domain.id,
    domain.readyAt,
  ])
}
