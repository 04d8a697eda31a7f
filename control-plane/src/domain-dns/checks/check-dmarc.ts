/** DMARC (RFC 9989): one record that receivers can read, of the domain or, where it has none, of the domain above whose policy it takes. */
import { getDomain } from 'tldts'
import { recordsOf } from '../../platform/dns/index.js'
import { missing, nothingFound, ok, wrong, type Check, type Judgement } from './finding.js'
import { hasVersion, parseTags } from './tagged-text.js'

const policies = ['none', 'quarantine', 'reject']
/** RFC 9989 section 4.10: no more than eight questions a walk. */
const maxWalk = 8

export const checkDmarc: Check = async (dns, expected, { name }) => {
  for (const domain of walk(name)) {
    const host = `_dmarc.${domain}`
    const lookup = await dns.txt(host)
    const nothing = nothingFound(lookup, host)
    if (nothing?.verdict === 'UNKNOWN') return nothing
    const found = (recordsOf(lookup) ?? []).filter((text) => hasVersion(text, 'DMARC1'))
    if (found.length > 0) return judge(found, domain === name ? null : domain)
  }
  return missing()
}

/** The domain and those above it, down to what is registered: a public suffix says nothing about its registrants. */
function walk(name: string): string[] {
  const registered = getDomain(name) ?? name
  const above = name === registered ? [] : name.slice(0, -registered.length - 1).split('.')
  const names = above.map((_, index) => [...above.slice(index), registered].join('.'))
  return [...names, registered].length <= maxWalk
    ? [...names, registered]
    : [name, ...names.slice(2 - maxWalk), registered]
}

function judge(found: string[], above: string | null): Judgement {
  if (found.length > 1) return wrong(found, 'SEVERAL_RECORDS')
  const tags = parseTags(found[0]!)
  if (!tags) return wrong(found, 'SYNTAX')
  // Without a policy it asks for reports only, and so it must say where to.
  const policy = (above === null ? undefined : tags.get('sp')) ?? tags.get('p')
  if (policy === undefined ? !tags.has('rua') : !policies.includes(policy.toLowerCase())) {
    return wrong(found, 'SYNTAX', policy ?? 'p')
  }
  return above === null ? ok(found) : ok(found, 'INHERITED', above)
}
