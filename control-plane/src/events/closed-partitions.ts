/**
 * A day that is over gets the indexes that searches for parts of texts and for networks use. Not before: they cost three quarters of
 * what a table can take in. An event that comes late pays for itself alone.
 *
 * One replica at a time, by a session's lock, on a connection of its own: CREATE INDEX CONCURRENTLY lets late events in, and knows
 * no transaction. What a crash leaves of one is not valid, and made again.
 */
import type { DataSource, QueryRunner } from 'typeorm'
import { isoDay, partitionName } from './partitions.js'

const closingLock = 7_203_031
/** Events of the day before yesterday come late only from nodes that were cut off. */
const closedAfterDays = 2
const dayMs = 86_400_000

/** Columns are those that mail-event.conditions.ts searches, in the same words. */
export const searchedTexts = ['subject', 'sender', 'recipient', 'message_id'] as const
const trigrams = searchedTexts.map((column) => `lower(${column}) gin_trgm_ops`).join(', ')

/** Closes one day, the latest first; says whether there may be more. */
export async function closeNextPartition(dataSource: DataSource, now = Date.now()): Promise<boolean> {
  const runner = dataSource.createQueryRunner()
  await runner.connect()
  try {
    const [{ locked }] = await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [closingLock])
    if (!locked) return false
    try {
      const table = await nextOpen(runner, now)
      if (table === null) return false
      await runner.query('SET statement_timeout = 0')
      await close(runner, table)
      return true
    } finally {
      await runner.query('RESET statement_timeout')
      await runner.query('SELECT pg_advisory_unlock($1)', [closingLock])
    }
  } finally {
    await runner.release()
  }
}

const indexOf = (table: string, kind: 'address' | 'texts'): string => `${table}_${kind}`

/** Whose last index is missing, or was left half made. */
async function nextOpen(runner: QueryRunner, now: number): Promise<string | null> {
  const before = partitionName(isoDay(Math.floor(now / dayMs) - closedAfterDays + 1))
  const [found] = await runner.query(
    `SELECT part.relname AS name FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
     WHERE inhparent = 'mail_event'::regclass AND part.relname < $1 AND NOT EXISTS (
       SELECT FROM pg_index JOIN pg_class AS made ON made.oid = indexrelid
       WHERE indrelid = part.oid AND indisvalid AND made.relname = part.relname || '_texts')
     ORDER BY part.relname DESC LIMIT 1`,
    [before],
  )
  return found?.name ?? null
}

async function close(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(
    `UPDATE ${table} SET remote_address = mail_event_address(remote_ip)
     WHERE remote_address IS NULL AND mail_event_address(remote_ip) IS NOT NULL`,
  )
  const [address, texts] = [indexOf(table, 'address'), indexOf(table, 'texts')]
  await runner.query(`DROP INDEX IF EXISTS ${address}, ${texts}`)
  await runner.query(
    `CREATE INDEX CONCURRENTLY ${address} ON ${table} (remote_address, at) WHERE remote_address IS NOT NULL`,
  )
  await runner.query(`CREATE INDEX CONCURRENTLY ${texts} ON ${table} USING gin (${trigrams})`)
  await runner.query(`ANALYZE ${table}`)
}
