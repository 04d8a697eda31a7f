/**
 * Asks an account's index about the messages of one mailbox. What goes wrong with the index is no failure of the search: it
 * then knows of no message, and the messages are read.
 */
import { existsSync } from 'node:fs'
import { setImmediate as nextTurn } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { TextFindings, TextQuery } from '../mail-store.js'
import { databasePath } from '../shard/layout.js'
import { isIndexDamage, isMarkedDamaged, markDamaged } from './damage.js'
import { schemaVersion } from './index-schema.js'
import { indexPath } from './layout.js'
import { matchExpression } from './text-query.js'

/** Entries that are looked through before other sessions get their turn. */
const entriesPerTurn = 20_000

const nothingKnown: TextFindings = { known: new Set(), found: [] }

export async function findText(
  shardFolder: string,
  accountId: string,
  mailbox: number,
  queries: readonly TextQuery[],
): Promise<TextFindings> {
  const expressions = queries.map(matchExpression)
  const path = indexPath(shardFolder, accountId)
  if (expressions.every((expression) => expression === null) || !existsSync(path) || isMarkedDamaged(path))
    return nothingKnown
  let db: Database.Database | null = null
  try {
    // Of this search alone: the indexer may have put a new file in its place by the next one.
    db = new Database(path, { readonly: true, timeout: 1000 })
    if (db.pragma('user_version', { simple: true }) !== schemaVersion) return nothingKnown
    db.prepare('ATTACH ? AS shard').run(databasePath(shardFolder))
    const entries = entriesOf(db, mailbox)
    const found: TextFindings['found'] = []
    for (const expression of expressions)
      found.push(expression === null ? null : await messagesWith(db, expression, entries))
    return { known: new Set(entries.uids), found }
  } catch (error) {
    if (isIndexDamage(error)) markDamaged(path)
    return nothingKnown
  } finally {
    db?.close()
  }
}

interface Entries {
  uids: number[]
  /** Parallel to `uids`. */
  ids: number[]
}

function entriesOf(db: Database.Database, mailbox: number): Entries {
  const [uids, ids] = db
    .prepare(
      `SELECT json_group_array(uid), json_group_array(entries.id) FROM shard.messages AS m
       CROSS JOIN entries ON entries.content = m.content
       WHERE m.mailbox = ? AND entries.tag = m.tag AND entries.prefix = coalesce(m.prefix, x'') AND whole`,
    )
    .raw()
    .get(mailbox) as [string, string]
  return { uids: JSON.parse(uids) as number[], ids: JSON.parse(ids) as number[] }
}

async function messagesWith(db: Database.Database, expression: string, { uids, ids }: Entries): Promise<Set<number>> {
  const matches = db
    .prepare('SELECT json_group_array(rowid) FROM texts WHERE texts MATCH ? AND rowid BETWEEN ? AND ?')
    .pluck()
  const last = ids.reduce((highest, id) => Math.max(highest, id), 0)
  const matching = new Set<number>()
  for (let first = 0; first <= last; first += entriesPerTurn) {
    const some = matches.get(expression, first, first + entriesPerTurn - 1) as string
    for (const id of JSON.parse(some) as number[]) matching.add(id)
    await nextTurn()
  }
  return new Set(uids.filter((_, index) => matching.has(ids[index]!)))
}
