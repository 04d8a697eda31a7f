/** What is asked for as SQL, in the words of the indexes (closed-partitions.ts, mail-events.migration.ts). Whose they are is asked elsewhere. */
import { isIP } from 'node:net'
import { invalidInput } from '../platform/errors.js'
import { isGiven } from '../platform/is-given.js'
import type { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition } from '../tenants/index.js'
import { addressSearch, prefixEnd } from './address-key.js'
import type { searchedTexts } from './closed-partitions.js'
import type { MailEventFilter, TextFilter } from './mail-event.types.js'

const textFields = {
  senderText: 'sender',
  recipientText: 'recipient',
  subject: 'subject',
  messageIdText: 'message_id',
} as const satisfies Partial<Record<keyof MailEventFilter, (typeof searchedTexts)[number]>>

/** A year and a leap day. */
const maxMinutes = 366 * 1_440

export function filterConditions(filter: MailEventFilter, parameters: SqlParameters): string[] {
  const conditions: string[] = []
  const equals = (column: string, value: string | null | undefined, path: string): void => {
    if (isGiven(value)) conditions.push(`mail_event.${column} = ${parameters.bind(searchable(value, path), 'text')}`)
  }
  if (isGiven(filter.domainId)) conditions.push(idCondition('mail_event.domain_id', filter.domainId, parameters))
  if (isGiven(filter.mailNodeId)) conditions.push(idCondition('mail_event.mail_node_id', filter.mailNodeId, parameters))
  if (isGiven(filter.types)) conditions.push(`mail_event.type = ANY(${parameters.bind(filter.types, 'text[]')})`)
  if (isGiven(filter.verdicts))
    conditions.push(`mail_event.verdict = ANY(${parameters.bind(filter.verdicts, 'text[]')})`)
  equals('direction', filter.direction, 'direction')
  equals('protocol', filter.protocol, 'protocol')
  equals('policy_kind', filter.policyKind, 'policyKind')
  equals('transaction_id', filter.transactionId, 'transactionId')
  equals('message_id', filter.messageId?.trim().replace(/^<(.*)>$/, '$1'), 'messageId')
  if (isGiven(filter.sender))
    conditions.push(addressCondition(['sender_key'], searchable(filter.sender, 'sender'), parameters))
  if (isGiven(filter.recipient)) {
    const columns = ['recipient_key', 'original_recipient_key']
    conditions.push(addressCondition(columns, searchable(filter.recipient, 'recipient'), parameters))
  }
  for (const [field, column] of Object.entries(textFields))
    conditions.push(
      ...textConditions(field, `mail_event.${column}`, filter[field as keyof typeof textFields], parameters),
    )
  if (isGiven(filter.remoteNetwork)) conditions.push(networkCondition(filter.remoteNetwork, parameters))
  conditions.push(...numberConditions(filter, parameters))
  if (isGiven(filter.lastMinutes)) {
    if (isGiven(filter.since)) throw invalidInput(['filter', 'lastMinutes'], 'Either this or `since`.')
    const minutes = wholeNumber(filter.lastMinutes, 'lastMinutes', 1, maxMinutes)
    conditions.push(`mail_event.at >= now() - make_interval(mins => ${parameters.bind(minutes, 'integer')})`)
  }
  if (isGiven(filter.since)) conditions.push(`mail_event.at >= ${parameters.bind(filter.since, 'timestamptz')}`)
  if (isGiven(filter.until)) conditions.push(`mail_event.at < ${parameters.bind(filter.until, 'timestamptz')}`)
  return conditions
}

function searchable(text: string, field: string): string {
  if (text.length > 1_000 || text.includes('\0')) throw invalidInput(['filter', field], 'This cannot be searched for.')
  return text
}

function addressCondition(columns: string[], text: string, parameters: SqlParameters): string {
  const { key, prefix } = addressSearch(text)
  const from = parameters.bind(key, 'text')
  const end = prefix ? prefixEnd(key) : null
  const to = end === null ? null : parameters.bind(end, 'text')
  return columns
    .map((column) => `mail_event.${column}`)
    .map((column) => (to === null ? `${column} = ${from}` : `(${column} >= ${from} AND ${column} < ${to})`))
    .join(' OR ')
}

function textConditions(
  field: string,
  column: string,
  filter: TextFilter | null | undefined,
  parameters: SqlParameters,
): string[] {
  if (!isGiven(filter)) return []
  const like = (text: string | null | undefined, before: string): string[] => {
    if (!isGiven(text) || text === '') return []
    const term = searchable(text, field)
      .normalize('NFC')
      .toLowerCase()
      .replace(/[\\%_]/g, '\\$&')
    return [`lower(${column}) LIKE ${parameters.bind(`${before}${term}%`, 'text')}`]
  }
  return [...like(filter.startsWith, ''), ...like(filter.contains, '%')]
}

/** As a range, which an index knows: the first address of the network to its last. */
function networkCondition(text: string, parameters: SqlParameters): string {
  const wanted = parseNetwork(text.trim())
  if (wanted === null) throw invalidInput(['filter', 'remoteNetwork'], 'This is no IP address or network.')
  const network = parameters.bind(wanted, 'inet')
  const first = `set_masklen(host(network(${network}))::inet, CASE family(${network}) WHEN 4 THEN 32 ELSE 128 END)`
  const last = `set_masklen(broadcast(${network}), CASE family(${network}) WHEN 4 THEN 32 ELSE 128 END)`
  return `mail_event.remote_address >= ${first} AND mail_event.remote_address <= ${last}`
}

function parseNetwork(text: string): string | null {
  const [given = '', length, ...rest] = text.split('/')
  const address = given.replace(/^::ffff:(?=\d+\.)/i, '')
  const family = isIP(address)
  if (family === 0 || address.includes('%') || rest.length > 0) return null
  const most = family === 4 ? 32 : 128
  if (length === undefined) return address
  return /^\d{1,3}$/.test(length) && Number(length) <= most ? `${address}/${length}` : null
}

function numberConditions(filter: MailEventFilter, parameters: SqlParameters): string[] {
  const { replyCode, replyClass, minSize, maxSize } = filter
  const conditions: string[] = []
  const code = (value: number): string => parameters.bind(value, 'integer')
  if (isGiven(replyCode))
    conditions.push(`mail_event.reply_code = ${code(wholeNumber(replyCode, 'replyCode', 200, 599))}`)
  if (isGiven(replyClass)) {
    const first = 100 * wholeNumber(replyClass, 'replyClass', 2, 5)
    conditions.push(`mail_event.reply_code >= ${code(first)} AND mail_event.reply_code < ${code(first + 100)}`)
  }
  const octets = (value: number, field: string): string =>
    parameters.bind(wholeNumber(value, field, 0, Number.MAX_SAFE_INTEGER), 'bigint')
  if (isGiven(minSize)) conditions.push(`mail_event.size >= ${octets(minSize, 'minSize')}`)
  if (isGiven(maxSize)) conditions.push(`mail_event.size <= ${octets(maxSize, 'maxSize')}`)
  return conditions
}

function wholeNumber(value: number, field: string, least: number, most: number): number {
  if (value >= least && value <= most) return value
  throw invalidInput(['filter', field], `This must be from ${least} to ${most}.`, { min: least, max: most })
}
