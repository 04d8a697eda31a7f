/** Events as they were stored, for the system's own use: whom they may be shown to is not yet decided. */
import type { Database } from '../platform/database.js'
import type { EventRange } from './event-range.js'
import { mailEventColumns } from './mail-event.queries.js'
import type { MailEvent } from './mail-event.types.js'

export type StoredEvent = MailEvent & { tenantId: string | null; tenantPath: string | null }

/** All of these ranges, in the order of their ids. */
export function readStoredEvents(database: Database, ranges: readonly EventRange[]): Promise<StoredEvent[]> {
  return database.query<StoredEvent>(
    `SELECT DISTINCT ON (mail_event.id) ${mailEventColumns}, mail_event.tenant_id AS "tenantId", tenant.path::text AS "tenantPath"
     FROM unnest($1::timestamptz[], $2::timestamptz[], $3::uuid[], $4::uuid[]) AS stored (min_at, max_at, min_id, max_id)
     JOIN mail_event ON mail_event.at BETWEEN stored.min_at AND stored.max_at
       AND mail_event.id BETWEEN stored.min_id AND stored.max_id
     LEFT JOIN tenant ON tenant.id = mail_event.tenant_id
     ORDER BY mail_event.id`,
    [
      ranges.map(({ minAt }) => new Date(minAt)),
      ranges.map(({ maxAt }) => new Date(maxAt)),
      ranges.map(({ minId }) => minId),
      ranges.map(({ maxId }) => maxId),
    ],
  )
}
