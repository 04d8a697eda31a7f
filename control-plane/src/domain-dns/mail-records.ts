/**
 * What a domain publishes so that mail reaches its node, is believed, and clients find it. Names and hosts are without the final
 * dot, as most providers' forms want them; a record's priority stands apart, and an SRV's value is `weight port host` (RFC 2782).
 */
import { createHash } from 'node:crypto'
import type { DomainForRecords, ExpectedRecord, RecordSource } from '../domains/index.js'

export interface MailRecordSettings {
  /** Answers requests of mail clients for their configuration (autoconfig, Autodiscover); null: nobody does. */
  autoconfigHost: string | null
}

export const mailRecords =
  (settings: MailRecordSettings): RecordSource =>
  async (_database, domains) =>
    domains.map((domain) => recordsOf(domain, settings))

function recordsOf({ name, hostName }: DomainForRecords, { autoconfigHost }: MailRecordSettings): ExpectedRecord[] {
  if (hostName === null) return []
  const txt = (purpose: string, need: ExpectedRecord['need'], host: string, value: string): ExpectedRecord => ({
    purpose,
    need,
    type: 'TXT',
    host,
    value,
    priority: null,
  })
  // RFC 6186, and RFC 8314 section 5.1 for submission over implicit TLS.
  const service = (purpose: string, label: string, port: number, target = hostName): ExpectedRecord => ({
    purpose,
    need: 'OPTIONAL',
    type: 'SRV',
    host: `_${label}._tcp.${name}`,
    value: `1 ${port} ${target}`,
    priority: 0,
  })
  return [
    { purpose: 'MX', need: 'REQUIRED', type: 'MX', host: name, value: hostName, priority: 10 },
    // RFC 7208: the hosts of the MX records send this domain's mail, nobody else does.
    txt('SPF', 'RECOMMENDED', name, 'v=spf1 mx -all'),
    // Only asks for reports to be possible: refusing what fails would be rash before signatures are set up.
    txt('DMARC', 'RECOMMENDED', `_dmarc.${name}`, 'v=DMARC1; p=none'),
    service('SUBMISSIONS', 'submissions', 465),
    service('IMAPS', 'imaps', 993),
    service('POP3S', 'pop3s', 995),
    // RFC 8461: the record alone does nothing, the policy is fetched from https://mta-sts.<domain>. Any id does that changes with the policy.
    txt('MTA_STS', 'OPTIONAL', `_mta-sts.${name}`, `v=STSv1; id=${policyId(hostName)}`),
    txt('TLS_RPT', 'OPTIONAL', `_smtp._tls.${name}`, `v=TLSRPTv1; rua=mailto:postmaster@${name}`),
    ...(autoconfigHost === null
      ? []
      : [
          {
            purpose: 'AUTOCONFIG',
            need: 'OPTIONAL' as const,
            type: 'CNAME' as const,
            host: `autoconfig.${name}`,
            value: autoconfigHost,
            priority: null,
          },
          service('AUTODISCOVER', 'autodiscover', 443, autoconfigHost),
        ]),
  ]
}

const policyId = (hostName: string): string => createHash('sha256').update(hostName).digest('hex').slice(0, 20)
