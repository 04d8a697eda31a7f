/**
 * Entries of the audit trail that were committed after a revision. One whose transaction has no number yet, for some milliseconds, is
 * newer than all that have one. None are newer than now, which is null.
 *
 * Members of a shared mailbox are entries of the mailbox, but neither its making nor its end.
 */
export const entriesSince = (revision: string, type: string): string => `
  SELECT entry.id, entry.ordinal, entry.change, entry.subject_id, entry.label, entry.tenant_path, entry.before, entry.after
  FROM audit_entry AS entry LEFT JOIN config_revision AS numbered ON numbered.transaction_id = entry.transaction_id
  WHERE entry.subject_type = ${type} AND entry.change <> 'READ' AND entry.transaction_id IS NOT NULL
    AND ${revision}::bigint IS NOT NULL AND (numbered.revision IS NULL OR numbered.revision > ${revision}::bigint)
    AND NOT coalesce(entry.after, entry.before) ? 'member_id'`
