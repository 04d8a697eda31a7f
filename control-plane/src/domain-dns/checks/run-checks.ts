/** All checks of a domain at once, with each question asked once. */
import type { ExpectedRecord } from '../../domains/index.js'
import type { DnsLookups } from '../../platform/dns/index.js'
import { checkDmarc } from './check-dmarc.js'
import { checkMx } from './check-mx.js'
import { checkCname, checkSrv } from './check-services.js'
import { checkSpf } from './check-spf.js'
import { checkMtaSts, type PolicyHosts } from './check-mta-sts.js'
import { checkDkim, checkText, checkTlsReports } from './check-texts.js'
import type { Check, CheckedDomain, Finding } from './finding.js'

const checksByPurpose = (policyHosts: PolicyHosts): Record<string, Check> => ({
  SPF: checkSpf,
  DMARC: checkDmarc,
  DKIM: checkDkim,
  MTA_STS: checkMtaSts(policyHosts),
  TLS_RPT: checkTlsReports,
})
const byType: Record<ExpectedRecord['type'], Check> = { MX: checkMx, TXT: checkText, SRV: checkSrv, CNAME: checkCname }

/** `settled` follows from the check before, and is not known here yet. */
export async function runChecks(
  { dns, policyHosts }: { dns: DnsLookups; policyHosts: PolicyHosts },
  domain: CheckedDomain,
  expected: readonly ExpectedRecord[],
): Promise<Omit<Finding, 'settled'>[]> {
  const remembered = remember(dns)
  const byPurpose = checksByPurpose(policyHosts)
  return Promise.all(
    expected.map(async (record) => {
      const { purpose, need, type, host, value, priority } = record
      const judgement = await (byPurpose[purpose] ?? byType[type])(remembered, record, domain)
      const written = priority === null ? value : `${priority} ${value}`
      return { purpose, need, type, host, expected: written, ...judgement }
    }),
  )
}

/** SPF asks for each address of ours; what was answered once is not asked again within a check. */
function remember(dns: DnsLookups): DnsLookups {
  const once = <Answer>(ask: (name: string) => Promise<Answer>): ((name: string) => Promise<Answer>) => {
    const answers = new Map<string, Promise<Answer>>()
    return (name) => {
      const answer = answers.get(name) ?? ask(name)
      answers.set(name, answer)
      return answer
    }
  }
  return {
    txt: once((name) => dns.txt(name)),
    mx: once((name) => dns.mx(name)),
    srv: once((name) => dns.srv(name)),
    cname: once((name) => dns.cname(name)),
    a: once((name) => dns.a(name)),
    aaaa: once((name) => dns.aaaa(name)),
  }
}
