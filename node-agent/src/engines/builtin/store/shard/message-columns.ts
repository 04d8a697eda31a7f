/**
 * Chosen columns of many messages at once, as parallel arrays. A list of 100,000 messages is read this way: SQLite gathers a
 * batch into one array a column, which costs a fraction of one JavaScript object a row.
 */
import type Database from 'better-sqlite3'
import type { MessageColumn, MessageColumns } from '../mail-store.js'
import { isDamagedMessage, messageSeal } from './seals.js'

/** Longer ENVELOPEs and BODYSTRUCTUREs are not gathered: a batch stays some megabytes, whatever strangers send. */
const maxGathered = 16 * 1024

const plain: Record<Exclude<MessageColumn, OctetColumn>, string> = {
  size: 'messages.size',
  receivedAt: 'received_at',
  savedAt: 'coalesce(saved_at, received_at)',
  content: 'messages.content',
  headerSize: 'header_size + coalesce(length(prefix), 0)',
  sentAt: 'sent_at',
  subject: 'subject',
  from: 'sender',
  to: 'recipients',
  cc: 'cc',
  // A Date field begins the ENVELOPE.
  envelopeStart: 'CAST(substr(envelope, 1, 300) AS TEXT)',
}

const octetColumns = { envelope: 'envelope', body: 'body', bodyStructure: 'body_structure' } as const
type OctetColumn = keyof typeof octetColumns
const isOctets = (column: MessageColumn): column is OctetColumn => column in octetColumns

/** Columns of `messages` alone need no look at the contents. */
const ofMessage: ReadonlySet<MessageColumn> = new Set(['size', 'receivedAt', 'savedAt', 'content'])

export function createColumnReader(db: Database.Database) {
  const statements = new Map<string, Database.Statement>()

  function statementFor(columns: readonly MessageColumn[], dense: boolean, passOver: boolean): Database.Statement {
    const key = `${dense} ${passOver} ${columns.join()}`
    let statement = statements.get(key)
    if (statement) return statement
    const joined = columns.some((column) => !ofMessage.has(column))
    const gathered = columns.flatMap((column) => {
      if (!isOctets(column)) return [`json_group_array(${plain[column]})`]
      const octets = octetColumns[column]
      return [
        `json_group_array(length(${octets}))`,
        `CAST(group_concat(CASE WHEN length(${octets}) <= ${maxGathered} THEN CAST(${octets} AS TEXT) ELSE '' END, '') AS BLOB)`,
      ]
    })
    const isDamaged = joined ? isDamagedMessage : `(messages.seal IS NOT ${messageSeal()})`
    const damage = `total(${isDamaged})`
    const sound = passOver ? `AND NOT ${isDamaged}` : ''
    const contents = joined ? 'LEFT JOIN contents ON contents.id = messages.content' : ''
    statement = db
      .prepare(
        dense
          ? `SELECT ${[damage, 'json_group_array(uid)', ...gathered].join()} FROM messages ${contents}
             WHERE mailbox = @mailbox AND uid BETWEEN @first AND @last ${sound}`
          : `SELECT ${[damage, 'json_group_array(uid)', ...gathered].join()} FROM json_each(@uids) AS wanted
             CROSS JOIN messages ON mailbox = @mailbox AND uid = wanted.value ${contents} WHERE true ${sound}`,
      )
      .raw()
    statements.set(key, statement)
    return statement
  }

  /** UIDs ascending. Messages between them may be answered too; damaged entries are passed over and told of. */
  return function read(
    mailbox: number,
    uids: readonly number[],
    columns: readonly MessageColumn[],
    onDamage: () => void,
  ): MessageColumns {
    const result: MessageColumns = { uids: [] }
    const first = uids[0] ?? 0
    const last = uids.at(-1) ?? -1
    const dense = last - first < uids.length * 2
    const parameters = dense ? { mailbox, first, last } : { mailbox, uids: JSON.stringify(uids) }
    let row = statementFor(columns, dense, false).get(parameters) as (string | number | Buffer | null)[]
    if (row[0] !== 0) {
      onDamage()
      row = statementFor(columns, dense, true).get(parameters) as typeof row
    }
    result.uids = JSON.parse(row[1] as string) as number[]
    let at = 2
    for (const column of columns) {
      const values = JSON.parse(row[at++] as string) as (number | string | null)[]
      Object.assign(result, {
        [column]: isOctets(column) ? cut(values as number[], row[at++] as Buffer | null) : values,
      })
    }
    return result
  }
}

/** One string an entry, one character an octet; null where it was too long to be gathered. */
function cut(lengths: number[], octets: Buffer | null): (string | null)[] {
  const text = octets?.toString('latin1') ?? ''
  let position = 0
  return lengths.map((length) => (length > maxGathered ? null : text.slice(position, (position += length))))
}
