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

const criteria: Record<SelectionCriterion, (info: MailboxInfo) => boolean> = {
  SUBSCRIBED: (info) => info.subscribed,
  'SPECIAL-USE': (info) => info.specialUse !== null,
}

export function selectEntries(mailboxes: readonly MailboxInfo[], selection: Selection): ListEntry[] {
  const byName = new Map(mailboxes.map((info) => [info.name, info]))
  const parents = new Set(mailboxes.flatMap(({ name }) => ancestors(name)))
  const told = new Set([...byName.keys(), ...parents].filter((name) => matchesAny(selection.matchers, name)))
  const meets = (info: MailboxInfo | undefined): boolean =>
    selection.criteria.every((criterion) => info !== undefined && criteria[criterion](info))
  const above = selection.recursiveMatch ? namesAbove(mailboxes, selection.criteria, told) : null
  const entries: ListEntry[] = []
  for (const name of [...told].sort(inboxFirst)) {
    const info = byName.get(name)
    const childInfo = selection.criteria.filter((criterion) => above?.get(criterion)?.has(name))
    if (meets(info) || childInfo.length > 0)
      entries.push({ name, attributes: attributesOf(name, info, parents, selection), childInfo, info: info ?? null })
  }
  return entries
}

/** For each criterion, the levels above mailboxes that meet it without being told themselves. */
function namesAbove(
  mailboxes: readonly MailboxInfo[],
  wanted: readonly SelectionCriterion[],
  told: ReadonlySet<string>,
): Map<SelectionCriterion, Set<string>> {
  const hidden = mailboxes.filter(({ name }) => !told.has(name))
  return new Map(
    wanted.map((criterion) => [
      criterion,
      new Set(hidden.filter((info) => criteria[criterion](info)).flatMap(({ name }) => ancestors(name))),
    ]),
  )
}

function attributesOf(
  name: string,
  info: MailboxInfo | undefined,
  parents: ReadonlySet<string>,
  selection: Selection,
): string[] {
  const attributes: string[] = []
  if (!info) attributes.push(selection.extended ? '\\NonExistent' : '\\Noselect')
  else if (info.noSelect) attributes.push('\\Noselect')
  if (info?.subscribed && selection.returnSubscribed) attributes.push('\\Subscribed')
  attributes.push(parents.has(name) ? '\\HasChildren' : '\\HasNoChildren')
  if (info?.specialUse) attributes.push(info.specialUse)
  return attributes
}

/**
 * LSUB (RFC 3501 section 6.3.9): subscribed names; and where a pattern ends in `%`, the levels above subscribed names that
 * match it, with \Noselect.
 */
export function selectSubscribed(mailboxes: readonly MailboxInfo[], matchers: readonly Matcher[]): ListEntry[] {
  const subscribed = new Map(mailboxes.filter((info) => info.subscribed).map((info) => [info.name, info]))
  const levels = [...subscribed.keys()].flatMap(ancestors)
  const names = [...new Set([...subscribed.keys(), ...levels])].filter((name) => matchesAny(matchers, name))
  return names
    .filter((name) => subscribed.has(name) || !coveredBelow(name, subscribed.keys(), matchers))
    .sort(inboxFirst)
    .map((name) => {
      const info = subscribed.get(name) ?? null
      return { name, attributes: info && !info.noSelect ? [] : ['\\Noselect'], childInfo: [], info }
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
