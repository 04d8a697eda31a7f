/** The TXT record of a key (RFC 6376 section 3.6.1): as it is to be published, and whether that is what DNS has. */
import type { DkimAlgorithm } from '@mailfleet/schema'
import type { RecordSource } from '../domains/index.js'
import type { Lookup } from '../platform/dns/index.js'
import type { DkimKeyState, DkimRecordStatus } from './dkim-key.entity.js'

const keyTypes: Record<DkimAlgorithm, string> = { RSA_SHA256: 'rsa', ED25519_SHA256: 'ed25519' }

export interface RecordedKey {
  selector: string
  algorithm: DkimAlgorithm
  publicKey: string
  state: DkimKeyState
}

export const recordHost = (selector: string, domainName: string): string => `${selector}._domainkey.${domainName}`

/** An empty `p=` says that the key is revoked. */
export function recordValue({ algorithm, publicKey, state }: Omit<RecordedKey, 'selector'>): string {
  const ended = state === 'RETIRED' || state === 'REVOKED'
  return `v=DKIM1; k=${keyTypes[algorithm]}; p=${ended ? '' : publicKey}`
}

/** By meaning, not by spelling: what a verifier would make of it. */
export function recordStatus(
  lookup: Lookup<string>,
  key: Pick<RecordedKey, 'algorithm' | 'publicKey'>,
): DkimRecordStatus {
  if (lookup.outcome === 'FAILED') return 'UNANSWERED'
  if (lookup.outcome !== 'FOUND') return 'MISSING'
  const records = lookup.records.map(tagsOf).filter((tags) => tags.has('p'))
  if (records.length === 0) return 'MISSING'
  // Section 3.6.2.2: of several records verifiers take any.
  return records.every((tags) => verifies(tags, key)) ? 'FOUND' : records.every(isRevoked) ? 'MISSING' : 'WRONG'
}

const isRevoked = (tags: Map<string, string>): boolean => tags.get('p') === ''

function verifies(tags: Map<string, string>, { algorithm, publicKey }: Pick<RecordedKey, 'algorithm' | 'publicKey'>) {
  const lists = (name: string, ...wanted: string[]) =>
    !tags.has(name) ||
    tags
      .get(name)!
      .split(':')
      .some((item) => wanted.includes(item))
  return (
    (tags.get('v') ?? 'DKIM1') === 'DKIM1' &&
    (tags.get('k') ?? 'rsa') === keyTypes[algorithm] &&
    lists('h', 'sha256') &&
    lists('s', '*', 'email') &&
    tags.get('p') === publicKey
  )
}

/** Section 3.2; white space within values means nothing here. */
const tagsOf = (record: string): Map<string, string> =>
  new Map(
    record.split(';').flatMap((tag) => {
      const equals = tag.indexOf('=')
      return equals < 0 ? [] : [[tag.slice(0, equals).trim(), tag.slice(equals + 1).replace(/\s+/g, '')] as const]
    }),
  )

/** What domains should publish for their keys; those that have ended need no record. */
export const dkimRecords: RecordSource = async (database, domains) => {
  const rows = await database.query<RecordedKey & { domainId: string }>(
    `SELECT domain_id AS "domainId", selector, algorithm, public_key AS "publicKey", state FROM dkim_key
     WHERE domain_id = ANY($1::uuid[]) AND state IN ('PUBLISHED', 'SIGNING', 'RETIRING') ORDER BY selector`,
    [domains.map(({ id }) => id)],
  )
  const byDomain = new Map<string, RecordedKey[]>()
  for (const row of rows) byDomain.set(row.domainId, [...(byDomain.get(row.domainId) ?? []), row])
  return domains.map(({ id, name }) =>
    (byDomain.get(id) ?? []).map((key) => ({
      purpose: 'DKIM',
      need: 'RECOMMENDED',
      type: 'TXT',
      host: recordHost(key.selector, name),
      value: recordValue(key),
      priority: null,
    })),
  )
}
