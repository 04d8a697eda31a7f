/**
 * What a domain should publish in DNS. Each feature that needs a record there contributes a `RecordSource` (listed in
 * domain-dns/record-sources.ts); it is shown to be copied, and looked for by the DNS check.
 */
import type { Database } from '../platform/database.js'

/** `REQUIRED`: without it there is no mail. `RECOMMENDED`: mail is worse without. `OPTIONAL`: a convenience. */
export type RecordNeed = 'REQUIRED' | 'RECOMMENDED' | 'OPTIONAL'

export interface ExpectedRecord {
  /** What it is for; names the way in which it is checked: `MX`, `SPF`, `DKIM`, `DMARC`, ... */
  purpose: string
  need: RecordNeed
  type: 'MX' | 'TXT' | 'SRV' | 'CNAME'
  /** A-labels, without the final dot. */
  host: string
  /** As in a zone file, without quotes: of an SRV record `weight port target`, its priority apart. */
  value: string
  priority: number | null
}

export interface DomainForRecords {
  id: string
  name: string
  /** The public name of its mail node; null while it has none. */
  hostName: string | null
}

/** Asked for many domains at once, and answers in their order: no statement for each of them. */
export type RecordSource = (
  database: Pick<Database, 'query'>,
  domains: readonly DomainForRecords[],
) => Promise<ExpectedRecord[][]>
