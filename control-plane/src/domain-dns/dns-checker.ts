/**
 * Looks at the DNS of domains: of one when somebody asks, and of all from time to time. Each that is due is taken by one replica for
 * some minutes; were that to die, another takes it after that.
 */
import { Domain, type RecordSource } from '../domains/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { DnsLookups } from '../platform/dns/index.js'
import type { Logger } from '../platform/logger.js'
import type { PolicyHosts } from './checks/check-mta-sts.js'
import { runChecks } from './checks/run-checks.js'
import { expectationsOf, type Expectations } from './expected-records.js'
import { recordCheck } from './record-check.js'

const everyMs = 20_000
const atOnce = 8
const takenFor = '5 minutes'
/** What was right again so long ago is of no interest. */
const alertsKeptFor = '90 days'

export class DnsChecker {
  constructor(
    private readonly dns: DnsLookups,
    private readonly sources: readonly RecordSource[],
    private readonly policyHosts: PolicyHosts,
  ) {}

  expectations(database: Pick<Database, 'query'>, domains: readonly Domain[]): Promise<Expectations[]> {
    return expectationsOf(database, this.sources, domains)
  }

  /** No transaction is open while DNS is asked. */
  async check(database: Database, domains: readonly Domain[]): Promise<void> {
    const { dns, policyHosts } = this
    const expected = await this.expectations(database, domains)
    await Promise.all(
      domains.map(async (domain, index) => {
        const { domain: asked, records } = expected[index]!
        const found = await runChecks({ dns, policyHosts }, asked, records)
        await database.transaction((manager) => recordCheck(manager, domain, found))
      }),
    )
  }

  /** Those that are due, some at a time; whether there may be more. */
  async checkSome(database: Database): Promise<boolean> {
    const due = await database.transaction(async (manager) => {
      const [taken]: [{ domain_id: string }[]] = await manager.query(
        `UPDATE domain_dns_check SET next_check_at = now() + interval '${takenFor}'
         WHERE domain_id IN (SELECT domain_id FROM domain_dns_check WHERE next_check_at <= now()
           ORDER BY next_check_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
         RETURNING domain_id`,
      )
      if (taken.length === 0) {
        await manager.query(`DELETE FROM domain_alert WHERE resolved_at < now() - interval '${alertsKeptFor}'`)
      }
      return taken.map((row) => row.domain_id)
    })
    if (due.length === 0) return false
    await this.check(database, await database.find(Domain, { where: due.map((id) => ({ id })) }))
    return true
  }

  start({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
    return new BackgroundWork({
      step: () => this.checkSome(database),
      everyMs,
      onError: (error) => logger.error({ error }, 'the DNS of domains could not be checked'),
    })
  }
}
