/** What LIST and LSUB answer for a given set of mailboxes: pure, so that its rules can be tested as a table. */
import type { MailboxInfo } from '../../store/mail-store.js'
import type { Matcher } from './mailbox-pattern.js'
import type { ListArguments, SelectionCriterion } from './list-arguments.js'

export interface ListEntry {
  name: string
  attributes: string[]
  /** RFC 5258 section 3.5: criteria that mailboxes below this one meet which the patterns do not name themselves. */
  childInfo: SelectionCriterion[]
  /** Null for a name that is only a level of others' names. */
  info: MailboxInfo | null
}

type Selection = Pick<ListArguments, 'matchers' | 'criteria' | 'recursiveMatch' | 'extended' | 'returnSubscribed'>

/** A name with its mailbox, if there is one, and whether it is subscribed to. */
interface Listed {
  name: string
  info: MailboxInfo | null
  subscribed: boolean
}

const criteria: Record<SelectionCriterion, (listed: Listed) => boolean> = {
  SUBSCRIBED: ({ subscribed }) => subscribed,
  'SPECIAL-USE': ({ info }) => info !== null && info.specialUse !== null,
}

/** Mailboxes, and subscribed names that have none. */
function listedNames(mailboxes: readonly MailboxInfo[], subscriptions: readonly string[]): Map<string, Listed> {
  const names = new Map<string, Listed>()
  for (const info of mailboxes) names.set(info.name, { name: info.name, info, subscribed: info.subscribed })
  for (const name of subscriptions) if (!names.has(name)) names.set(name, { name, info: null, subscribed: true })
  return names
}

/** `subscriptions`: where the client asks for subscribed names; else names without a mailbox are not told. */
export function selectEntries(
  mailboxes: readonly MailboxInfo[],
  selection: Selection,
  subscriptions: readonly string[] = [],
): ListEntry[] {
  const listed = listedNames(mailboxes, subscriptions)
  const parents = new Set(mailboxes.flatMap(({ name }) => ancestors(name)))
  const levels = [...listed.keys()].flatMap(ancestors)
  const told = new Set([...listed.keys(), ...levels].filter((name) => matchesAny(selection.matchers, name)))
  const above = selection.recursiveMatch ? namesAbove([...listed.values()], selection.criteria, told) : null
  const entries: ListEntry[] = []
  for (const name of [...told].sort(inboxFirst)) {
    const entry = listed.get(name) ?? { name, info: null, subscribed: false }
    const meets = selection.criteria.every((criterion) => criteria[criterion](entry))
    const childInfo = selection.criteria.filter((criterion) => above?.get(criterion)?.has(name))
    if (meets || childInfo.length > 0)
      entries.push({ name, attributes: attributesOf(entry, parents, selection), childInfo, info: entry.info })
  }
  return entries
}

/** For each criterion, the levels above names that meet it without being told themselves. */
function namesAbove(
  listed: readonly Listed[],
  wanted: readonly SelectionCriterion[],
  told: ReadonlySet<string>,
): Map<SelectionCriterion, Set<string>> {
  const hidden = listed.filter(({ name }) => !told.has(name))
  return new Map(
    wanted.map((criterion) => [
      criterion,
      new Set(hidden.filter(criteria[criterion]).flatMap(({ name }) => ancestors(name))),
    ]),
  )
}

function attributesOf(
  { name, info, subscribed }: Listed,
  parents: ReadonlySet<string>,
  selection: Selection,
): string[] {
  const attributes: string[] = []
  if (!info) attributes.push(selection.extended ? '\\NonExistent' : '\\Noselect')
  else if (info.noSelect) attributes.push('\\Noselect')
  if (subscribed && selection.returnSubscribed) attributes.push('\\Subscribed')
  attributes.push(parents.has(name) ? '\\HasChildren' : '\\HasNoChildren')
  if (info?.specialUse) attributes.push(info.specialUse)
  return attributes
}

/**
 * LSUB (RFC 3501 section 6.3.9): subscribed names; and where a pattern ends in `%`, the levels above subscribed names that
 * match it, with \Noselect.
 */
export function selectSubscribed(
  mailboxes: readonly MailboxInfo[],
  subscriptions: readonly string[],
  matchers: readonly Matcher[],
): ListEntry[] {
  const all = [...listedNames(mailboxes, subscriptions).values()]
  const subscribed = new Map(all.filter((listed) => listed.subscribed).map((listed) => [listed.name, listed]))
  const levels = [...subscribed.keys()].flatMap(ancestors)
  const names = [...new Set([...subscribed.keys(), ...levels])].filter((name) => matchesAny(matchers, name))
  return names
    .filter((name) => subscribed.has(name) || !coveredBelow(name, subscribed.keys(), matchers))
    .sort(inboxFirst)
    .map((name) => {
      const listed = subscribed.get(name)
      const attributes = listed && !listed.info?.noSelect ? [] : ['\\Noselect']
      return { name, attributes, childInfo: [], info: listed?.info ?? null }
    })
}

/** A level need not be told where the subscribed names below it are told themselves. */
function coveredBelow(name: string, subscribed: Iterable<string>, matchers: readonly Matcher[]): boolean {
  for (const child of subscribed) if (child.startsWith(`${name}/`) && !matchesAny(matchers, child)) return false
  return true
}

const matchesAny = (matchers: readonly Matcher[], name: string): boolean => matchers.some((matches) => matches(name))

function ancestors(name: string): string[] {
  const levels = name.split('/')
  return levels.slice(1).map((_, index) => levels.slice(0, index + 1).join('/'))
}

function inboxFirst(a: string, b: string): number {
  if (a === 'INBOX' || b === 'INBOX') return a === b ? 0 : a === 'INBOX' ? -1 : 1
  return a < b ? -1 : a > b ? 1 : 0
}
