/** An entry for a look into somebody's mail log or mail. To be awaited before anything is shown: what cannot be recorded is not shown. */
import { storableText } from '../platform/storable-text.js'
import { actorOf, requireViewer, type AdminContext } from '../access/index.js'

export interface ReadRecord {
  subjectType: string
  subjectId?: string | null
  /** Whose; by default the viewer's own tenant. */
  tenantId?: string | null
  /** What was asked for. */
  request: object
}

export async function recordRead(context: AdminContext, read: ReadRecord): Promise<void> {
  const tenantId = read.tenantId ?? requireViewer(context).tenantId
  const { operation } = context
  const by = [JSON.stringify(actorOf(context)), operation?.id ?? null, operation?.name ?? null]
  await context.system.query(
    `INSERT INTO audit_entry (actor, operation_id, operation, change, subject_type, subject_id, tenant_id, tenant_path, after)
     SELECT $5, $6, $7, 'READ', $1, $2, tenant.id, tenant.path, $4
     FROM (SELECT $3::uuid AS id) AS wanted LEFT JOIN tenant ON tenant.id = wanted.id`,
    [read.subjectType, read.subjectId ?? null, tenantId, JSON.stringify(read.request, storable), ...by],
  )
}

const maxText = 1_000
const storable = (_key: string, value: unknown): unknown =>
  typeof value === 'string' ? storableText(value.slice(0, maxText)) : value
