/**
 * MTA-STS as it is written (RFC 8461 section 3): the TXT record that names a policy, the policy, and which MX hosts it means. Both come
 * from strangers: whatever is malformed is no policy, and what is unknown is passed over, as the grammar has room for more.
 */

export type StsMode = 'enforce' | 'testing' | 'none'

export interface StsPolicy {
  mode: StsMode
  /** Patterns of MX hosts, in lower case. */
  mx: string[]
  /** Seconds. */
  maxAge: number
}

/** Section 3.2: about a year. */
const longestAge = 31_557_600
const maxPatterns = 100
const maxLines = 1_000
const recordId = /^[A-Za-z0-9]{1,32}$/
const mxPattern =
  /^(?:\*\.)?(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

/** The id of the one record among the TXT records at `_mta-sts.<domain>`; null where the domain has no policy (section 3.1). */
export function stsRecordId(texts: string[]): string | null {
  const records = texts.filter((text) => /^v=STSv1[ \t]*(?:;|$)/.test(text))
  if (records.length !== 1) return null
  const ids = records[0]!
    .split(';')
    .slice(1)
    .flatMap((field) => /^[ \t]*id[ \t]*=(.*)$/.exec(field)?.[1]!.trim() ?? [])
  return ids.length === 1 && recordId.test(ids[0]!) ? ids[0]! : null
}

/** Throws an `Error` that says what is wrong with it. */
export function parseStsPolicy(text: string): StsPolicy {
  const lines = text.split(/\r?\n/)
  if (lines.length > maxLines) throw new Error(`it has more than ${maxLines} lines`)
  const single = new Map<string, string>()
  const mx = new Set<string>()
  for (const line of lines) {
    // The space around a value is no matter of the pattern: at the end of a long line it would cost its square.
    const [, name, rest] = /^[ \t]*([A-Za-z0-9][A-Za-z0-9_.-]{0,31})[ \t]*:(.*)$/.exec(line) ?? []
    if (name === undefined) {
      if (line.trim() === '') continue
      throw new Error('a line of it is no field')
    }
    const value = rest!.trim()
    // Section 3.2: of a field that is repeated the first counts, except of mx.
    if (name === 'mx') mx.add(value.toLowerCase().replace(/\.$/, ''))
    else if (!single.has(name)) single.set(name, value)
  }
  if (single.get('version') !== 'STSv1') throw new Error('its version is not STSv1')
  const mode = single.get('mode')
  if (mode !== 'enforce' && mode !== 'testing' && mode !== 'none')
    throw new Error('its mode is neither enforce, testing nor none')
  const age = single.get('max_age') ?? ''
  if (!/^\d{1,10}$/.test(age)) throw new Error('its max_age is no number')
  if (mx.size > maxPatterns) throw new Error(`it names more than ${maxPatterns} hosts`)
  if (mx.size === 0 && mode !== 'none') throw new Error('it names no mx')
  for (const pattern of mx) if (!mxPattern.test(pattern)) throw new Error('an mx of it is no host name')
  return { mode, mx: [...mx], maxAge: Math.min(Number(age), longestAge) }
}

/** Section 4.1: a wildcard stands for one whole label, the leftmost. */
export function namesHost({ mx }: StsPolicy, host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, '')
  const dot = name.indexOf('.')
  const above = dot > 0 ? `*${name.slice(dot)}` : null
  return mx.some((pattern) => pattern === name || pattern === above)
}
