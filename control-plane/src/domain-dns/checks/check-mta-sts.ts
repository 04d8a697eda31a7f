/**
 * MTA-STS as senders see it (RFC 8461): the record with any policy id, the host that serves the policy, and the policy itself, which must
 * let mail reach the hosts of the domain. A record without such a policy is worse than none: senders that know one already send nothing.
 */
import { namesHost, parseStsPolicy, type StsPolicy } from '@mailfleet/schema'
import { recordsOf, type DnsLookups } from '../../platform/dns/index.js'
import { OutboundError, type Outbound, type OutboundAnswer } from '../../platform/http/outbound.js'
import { textsAt } from './check-texts.js'
import { addressesOf, ok, unknown, wrong, type Check, type CheckedDomain, type Judgement } from './finding.js'
import { hasVersion, parseTags } from './tagged-text.js'

export interface PolicyHosts {
  outbound: Outbound
  /** 443, except in tests. */
  port: number
  /** Certificate authorities (PEM) in place of the usual ones. */
  ca?: string
}

/** What senders allow (section 3.3), and less: somebody may wait for this. */
const limits = { timeoutMs: 5_000, maxBytes: 65_536 }

export const checkMtaSts =
  (hosts: PolicyHosts): Check =>
  async (dns, expected, domain) => {
    const answer = await textsAt(dns, expected.host, (text) => hasVersion(text, 'STSv1'))
    if ('nothing' in answer) return answer.nothing
    const { texts } = answer
    if (texts.length > 1) return wrong(texts, 'SEVERAL_RECORDS')
    if (!/^[a-z0-9]{1,32}$/i.test(parseTags(texts[0]!)?.get('id') ?? '')) return wrong(texts, 'SYNTAX', 'id')
    const policyHost = `mta-sts.${domain.name}`
    const addresses = await addressesOf(dns, policyHost)
    if (addresses === null) return unknown('HOST_UNRESOLVED', policyHost, texts)
    if (addresses.length === 0) return wrong(texts, 'NO_POLICY_HOST', policyHost)
    return judgePolicy(hosts, policyHost, addresses, texts, (policy) => unnamedHost(dns, domain, policy))
  }

async function judgePolicy(
  { outbound, port, ca }: PolicyHosts,
  policyHost: string,
  addresses: string[],
  texts: string[],
  unnamedIn: (policy: StsPolicy) => Promise<string | null>,
): Promise<Judgement> {
  let answer: OutboundAnswer
  try {
    const url = `https://${policyHost}:${port}/.well-known/mta-sts.txt`
    answer = await outbound.request(url, { ...limits, addresses, ...(ca !== undefined && { ca }) })
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    if (error.fault === 'TOO_LARGE') return wrong(texts, 'POLICY_SYNTAX', policyHost)
    // From here it may be out of reach for reasons of ours; a certificate is as bad for all others.
    return isOfCertificate(error) ? wrong(texts, 'NO_POLICY', policyHost) : unknown('NO_POLICY', policyHost, texts)
  }
  const isText = /^text\/plain[ \t]*(?:;|$)/i.test(answer.headers['content-type'] ?? '')
  if (answer.status !== 200 || !isText) return wrong(texts, 'NO_POLICY', policyHost)
  let policy: StsPolicy
  try {
    policy = parseStsPolicy(answer.body.toString('utf8'))
  } catch {
    return wrong(texts, 'POLICY_SYNTAX', policyHost)
  }
  const unnamed = policy.mode === 'none' ? null : await unnamedIn(policy)
  return unnamed === null ? ok(texts) : wrong(texts, 'POLICY_OTHER_HOST', unnamed)
}

/** Null where the policy names a host to which mail for the domain goes; else the first of those. */
async function unnamedHost(dns: DnsLookups, { name, hostName }: CheckedDomain, policy: StsPolicy) {
  const published = (recordsOf(await dns.mx(name)) ?? []).toSorted((a, b) => a.priority - b.priority)
  const hosts = published.length > 0 ? published.map(({ exchange }) => exchange) : [hostName ?? name]
  return hosts.some((host) => namesHost(policy, host)) ? null : hosts[0]!
}

const isOfCertificate = ({ cause }: OutboundError): boolean =>
  /CERT|ALTNAME|ISSUER|SIGNATURE|CHAIN/.test((cause as { code?: string } | undefined)?.code ?? '')
