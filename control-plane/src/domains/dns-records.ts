/**
 * What a domain publishes so that mail reaches its node and clients find it. Names and hosts are without the final dot, as
 * most providers' forms want them; a record's priority stands apart, and an SRV's value is `weight port host` (RFC 2782).
 */
import type { DnsRecord } from './domain.types.js'

const ttl = 3_600

export function dnsRecordsOf(domainName: string, hostName: string): DnsRecord[] {
  const txt = (name: string, value: string, purpose: string): DnsRecord => ({
    type: 'TXT',
    name,
    value,
    priority: null,
    ttl,
    purpose,
  })
  // RFC 6186, and RFC 8314 section 5.1 for submission over implicit TLS.
  const service = (label: string, port: number, purpose: string): DnsRecord => ({
    type: 'SRV',
    name: `_${label}._tcp.${domainName}`,
    value: `1 ${port} ${hostName}`,
    priority: 0,
    ttl,
    purpose,
  })
  return [
    { type: 'MX', name: domainName, value: hostName, priority: 10, ttl, purpose: 'MX' },
    // RFC 7208: the hosts of the MX records send this domain's mail, nobody else does.
    txt(domainName, 'v=spf1 mx -all', 'SPF'),
    // Only asks for reports to be possible: refusing what fails would be rash before signatures are set up.
    txt(`_dmarc.${domainName}`, 'v=DMARC1; p=none', 'DMARC'),
    service('submissions', 465, 'SUBMISSIONS'),
    service('imaps', 993, 'IMAPS'),
    service('pop3s', 995, 'POP3S'),
  ]
}
