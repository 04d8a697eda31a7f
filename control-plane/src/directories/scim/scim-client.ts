/** Who asks by SCIM: a source, known by its token; and how it writes. */
import type { EntityManager } from 'typeorm'
import type { AdminContext } from '../../access/index.js'
import type { SourceOf } from '../identity-source.entity.js'
import { actAsSource } from '../source-context.js'

export interface ScimClient {
  source: SourceOf<'SCIM'>
  /** URL of its resources. */
  base: string
  parts: Pick<AdminContext, 'system' | 'secrets' | 'logger' | 'origin'>
}

/** All of one request, in the name of the source; requests that write come one after another. */
export const write = <T>(
  { source, parts }: ScimClient,
  operation: string,
  work: (context: AdminContext, manager: EntityManager) => Promise<T>,
): Promise<T> =>
  parts.system.transaction(async (manager) => {
    await manager.query('SELECT FROM identity_source WHERE id = $1 FOR NO KEY UPDATE', [source.id])
    const context = await actAsSource(parts, manager, source, operation)
    return context.system.transaction((inner) => work(context, inner))
  })

/** Of `startIndex` (from 1) and `count` (RFC 7644 section 3.4.2.4). */
export interface Page {
  startIndex: number
  count: number
}
