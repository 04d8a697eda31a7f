/**
 * What DNS says, as values: that a name does not exist or has no such record is an answer, as much as the records are; that nobody
 * answered is none, and is never taken for "there is nothing".
 */

/** Why there is no answer. `BAD_NAME` could never be asked for. */
export type DnsFailure = 'TIMEOUT' | 'SERVFAIL' | 'REFUSED' | 'UNREACHABLE' | 'MALFORMED' | 'BAD_NAME'

export type Lookup<Value> =
  | { outcome: 'FOUND'; records: Value[] }
  | { outcome: 'NO_SUCH_NAME' | 'NO_DATA' }
  | { outcome: 'FAILED'; failure: DnsFailure }

export interface MxRecord {
  priority: number
  exchange: string
}

export interface SrvRecord {
  priority: number
  weight: number
  port: number
  target: string
}

/** Names are A-labels without the final dot, in lower case; a TXT record is one string (RFC 7208 section 3.3). */
export interface DnsLookups {
  txt(name: string): Promise<Lookup<string>>
  mx(name: string): Promise<Lookup<MxRecord>>
  srv(name: string): Promise<Lookup<SrvRecord>>
  cname(name: string): Promise<Lookup<string>>
  a(name: string): Promise<Lookup<string>>
  aaaa(name: string): Promise<Lookup<string>>
}

/** The records; none where the answer is that there are none, null where there was no answer. */
export const recordsOf = <Value>(lookup: Lookup<Value>): Value[] | null =>
  lookup.outcome === 'FOUND' ? lookup.records : lookup.outcome === 'FAILED' ? null : []
