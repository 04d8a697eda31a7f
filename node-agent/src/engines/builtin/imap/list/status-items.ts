/** The items of STATUS (RFC 3501 section 6.3.10, RFC 7162, RFC 7889, RFC 8438, RFC 8474, RFC 9208): a table of name and value. */
import type { MailStore, MailboxStatus } from '../../store/mail-store.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import { mailboxObjectId } from '../object-id.js'
import type { Session } from '../session.js'

type Value = (status: MailboxStatus, session: Session, mailboxId: number) => number | string | Promise<number>

const items = {
  MESSAGES: (status) => status.messages,
  RECENT: (status, session, mailboxId) => recentMessages(status, session, mailboxId),
  UIDNEXT: (status) => status.uidNext,
  UIDVALIDITY: (status) => status.uidValidity,
  UNSEEN: (status) => status.unseen,
  HIGHESTMODSEQ: (status) => status.highestModSeq,
  DELETED: (_status, session, mailboxId) => deletedMessages(session.context.store, mailboxId),
  SIZE: (status) => status.size,
  MAILBOXID: (_status, _session, mailboxId) => `(${mailboxObjectId({ id: mailboxId })})`,
  APPENDLIMIT: (_status, session) => session.maxMessageBytes,
  'DELETED-STORAGE': (_status, session, mailboxId) => deletedOctets(session.context.store, mailboxId),
} satisfies Record<string, Value>

export type StatusItem = keyof typeof items

export function readStatusItems(args: ArgumentCursor): StatusItem[] {
  const names = args.list(() => args.keyword())
  if (names.length === 0) throw bad('Expected a status item')
  return [...new Set(names)].map((name) => {
    if (!Object.hasOwn(items, name)) throw bad('Unknown status item')
    return name as StatusItem
  })
}

export async function writeStatus(
  session: Session,
  name: string,
  mailboxId: number,
  wanted: StatusItem[],
): Promise<void> {
  if (wanted.includes('HIGHESTMODSEQ')) session.enableCondStore()
  const status = await session.context.store.status(mailboxId)
  const values: string[] = []
  for (const item of wanted) values.push(`${item} ${await items[item](status, session, mailboxId)}`)
  session.out.line(`* STATUS ${session.names.format(name)} (${values.join(' ')})`)
}

async function recentMessages(status: MailboxStatus, session: Session, mailboxId: number): Promise<number> {
  const first = session.context.recentMessages.peek(mailboxId)
  if (first === 1) return status.messages
  if (first >= status.uidNext) return 0
  return (await session.context.store.snapshot(mailboxId)).uids.filter((uid) => uid >= first).length
}

async function deletedMessages(store: MailStore, mailboxId: number): Promise<number> {
  return (await store.snapshot(mailboxId)).flags.filter((flags) => flags.includes('\\Deleted')).length
}

/** What EXPUNGE would free. */
async function deletedOctets(store: MailStore, mailboxId: number): Promise<number> {
  const { uids, flags } = await store.snapshot(mailboxId)
  const deleted = uids.filter((_, index) => flags[index]!.includes('\\Deleted'))
  let octets = 0
  for (let start = 0; start < deleted.length; start += 200)
    for (const { size } of await store.messages(mailboxId, deleted.slice(start, start + 200))) octets += size
  return octets
}
