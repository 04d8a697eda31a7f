/**
 * Makes a table's changes part of the audit trail: triggers write an entry for each row inserted, changed or deleted, in the same
 * statement and so in the same transaction as the change. No path that writes the table can go round them, and
 * where the entry cannot be written the change is not made.
 *
 * The triggers run once a statement, over all its rows: an import of a thousand rows is one more INSERT.
 */
import type { QueryRunner } from 'typeorm'

export interface AuditedTable {
  table: string
  /** The subject's name as in permissions and in the API. */
  subject: string
  /** SQL over `item`, a row of the table: the id of the tenant that it belongs to. Null: the platform's own. */
  tenant: string
  /** SQL over `item`: the path of that tenant, where the row itself has it: it may be the tenant's last. */
  path?: string
  /** SQL over `item`: what people call it. */
  label: string
  /** SQL over `item`: its id, where the column is not named so. */
  id?: string
  /** The columns of its primary key, where that is not `id`. */
  key?: readonly string[]
  /** Columns whose values never leave their table: an entry says only that they were changed. */
  secret?: readonly string[]
  /** Columns that change by use, or with every change: alone they are not worth an entry. */
  ignored?: readonly string[]
  /** SQL over `item`: rows whose end tells nothing, such as sessions that had expired. */
  forgettable?: string
}

const alwaysIgnored = ['version', 'created_at', 'updated_at']

const list = (names: readonly string[]): string => `ARRAY[${names.map((name) => `'${name}'`).join(', ')}]::text[]`

const insertEntries = (audited: AuditedTable, change: string, from: string): string => `
  INSERT INTO audit_entry (actor, operation_id, operation, change, subject_type, subject_id, label, tenant_id, tenant_path,
    before, after)
  SELECT audit_actor(), audit_operation_id(), audit_operation(), '${change}', '${audited.subject}',
    item.id, item.label, item.tenant_id, coalesce(item.tenant_path, tenant.path), item.before, item.after
  FROM (${from}) AS item LEFT JOIN tenant ON tenant.id = item.tenant_id;`

const rowOf = (audited: AuditedTable, before: string, after: string, rows: string): string => `
  SELECT (${audited.id ?? 'item.id'}) AS id, left(${audited.label}, 320) AS label, (${audited.tenant}) AS tenant_id,
    (${audited.path ?? 'NULL::ltree'}) AS tenant_path, ${before} AS before, ${after} AS after
  FROM ${rows}`

export async function auditTable(runner: QueryRunner, audited: AuditedTable): Promise<void> {
  const { table } = audited
  const secret = list(audited.secret ?? [])
  const ignored = list([...alwaysIgnored, ...(audited.ignored ?? [])])
  const whole = `audit_values(to_jsonb(item), ${secret}, ${ignored})`
  const forgettable = audited.forgettable ? `WHERE (${audited.forgettable}) IS NOT TRUE` : ''
  const sameRow = (audited.key ?? ['id']).map((column) => `former.${column} = item.${column}`).join(' AND ')
  // Whoever fires it may not touch the trail.
  const [{ schema }] = await runner.query('SELECT current_schema() AS schema')
  await runner.query(`
    CREATE FUNCTION audit_${table}() RETURNS trigger
      LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $function$
    BEGIN
      IF TG_OP = 'INSERT' THEN
        ${insertEntries(audited, 'CREATED', rowOf(audited, 'NULL::jsonb', whole, 'new_rows AS item'))}
      ELSIF TG_OP = 'DELETE' THEN
        ${insertEntries(audited, 'DELETED', rowOf(audited, whole, 'NULL::jsonb', `old_rows AS item ${forgettable}`))}
      ELSE
        ${insertEntries(
          audited,
          'UPDATED',
          rowOf(
            audited,
            `audit_values(changed.before, ${secret}, ${ignored})`,
            `audit_values(changed.after, ${secret}, ${ignored})`,
            `new_rows AS item
             JOIN old_rows AS former ON ${sameRow}
             CROSS JOIN LATERAL audit_difference(to_jsonb(former), to_jsonb(item), ${ignored}) AS changed
             WHERE changed.after <> '{}'`,
          ),
        )}
      END IF;
      RETURN NULL;
    END $function$;

    CREATE TRIGGER ${table}_audits_insert AFTER INSERT ON ${table}
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_${table}();
    CREATE TRIGGER ${table}_audits_update AFTER UPDATE ON ${table}
      REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_${table}();
    CREATE TRIGGER ${table}_audits_delete AFTER DELETE ON ${table}
      REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION audit_${table}();
  `)
}

export async function stopAuditing(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`DROP FUNCTION audit_${table}() CASCADE`)
}
