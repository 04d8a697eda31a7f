/** All that a domain should publish, from all features that have a say. One that nobody has proven yet begins with its proof. */
import { dkimRecords } from '../dkim/index.js'
import {
  ownershipRecord,
  type Domain,
  type DomainForRecords,
  type ExpectedRecord,
  type RecordSource,
} from '../domains/index.js'
import type { Database } from '../platform/database.js'
import { mailRecords, type MailRecordSettings } from './mail-records.js'

/** What a feature wants published is told here, and nowhere else. */
export const recordSources = (settings: MailRecordSettings): RecordSource[] => [mailRecords(settings), dkimRecords]

export interface Expectations {
  domain: DomainForRecords
  records: ExpectedRecord[]
}

/** In the order of `domains`. */
export async function expectationsOf(
  database: Pick<Database, 'query'>,
  sources: readonly RecordSource[],
  domains: readonly Domain[],
): Promise<Expectations[]> {
  const nodes = await database.query<{ id: string; host_name: string }>(
    'SELECT id, host_name FROM mail_node WHERE id = ANY($1::uuid[])',
    [[...new Set(domains.map(({ mailNodeId }) => mailNodeId).filter((id) => id !== null))]],
  )
  const hostNames = new Map(nodes.map((node) => [node.id, node.host_name]))
  const asked = domains.map(({ id, name, mailNodeId }): DomainForRecords => ({
    id,
    name,
    hostName: (mailNodeId && hostNames.get(mailNodeId)) ?? null,
  }))
  const answers: ExpectedRecord[][][] = []
  for (const source of sources) answers.push(await source(database, asked))
  return domains.map((domain, index) => ({
    domain: asked[index]!,
    records: [...(domain.proof ? [] : [ownershipRecord(domain)]), ...answers.flatMap((answer) => answer[index]!)],
  }))
}
