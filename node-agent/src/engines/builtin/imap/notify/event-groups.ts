/** What a client asks NOTIFY for (RFC 5465 sections 5, 6 and 8): groups of mailboxes, each with the events to be told of. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'
import { readFetchItems, type FetchItem } from '../fetch/fetch-items.js'

const messageEvents = ['MessageNew', 'MessageExpunge', 'FlagChange'] as const
const mailboxEvents = ['MailboxName', 'SubscriptionChange', 'MailboxMetadataChange', 'ServerMetadataChange'] as const
const events = [...messageEvents, ...mailboxEvents]
export type NotifyEvent = (typeof events)[number]

export type MailboxFilter =
  | { type: 'SELECTED' | 'SELECTED-DELAYED' | 'INBOXES' | 'PERSONAL' | 'SUBSCRIBED' }
  | { type: 'SUBTREE' | 'MAILBOXES'; names: string[] }

export interface EventGroup {
  filter: MailboxFilter
  /** Empty: of these mailboxes nothing is told, whatever later groups say. */
  events: ReadonlySet<NotifyEvent>
  /** What is told of each new message, in the selected mailbox. */
  items: FetchItem[]
}

export interface NotifyArguments {
  /** Begins with a STATUS of each mailbox whose messages are watched. */
  status: boolean
  /** None: the client wants to hear of nothing. */
  groups: EventGroup[]
}

const maxGroups = 50
const maxNames = 500

export function readNotifyArguments(args: ArgumentCursor): NotifyArguments {
  args.space()
  const what = args.keyword()
  if (what === 'NONE') {
    args.end()
    return { status: false, groups: [] }
  }
  if (what !== 'SET') throw bad('Expected SET or NONE')
  args.space()
  const status = args.peek() !== '(' && args.keyword() === 'STATUS'
  if (status) args.space()
  const groups: EventGroup[] = []
  do groups.push(readGroup(args))
  while (groups.length <= maxGroups && args.take(' '))
  if (groups.length > maxGroups) throw no('LIMIT', 'Too many groups of events')
  args.end()
  if (groups.filter(({ filter }) => filter.type.startsWith('SELECTED')).length > 1)
    throw bad('The selected mailbox has one group of events')
  return { status, groups }
}

function readGroup(args: ArgumentCursor): EventGroup {
  args.expect('(')
  const filter = readFilter(args)
  args.space()
  const group: EventGroup = { filter, events: new Set(), items: [] }
  if (args.peek() === '(') {
    const { told, items } = readEvents(args)
    checkEvents(filter, told, items)
    Object.assign(group, { events: told, items })
  } else if (args.keyword() !== 'NONE') throw bad('Expected events or NONE')
  args.expect(')')
  return group
}

function readFilter(args: ArgumentCursor): MailboxFilter {
  const type = args.keyword()
  if (['SELECTED', 'SELECTED-DELAYED', 'INBOXES', 'PERSONAL', 'SUBSCRIBED'].includes(type))
    return { type } as MailboxFilter
  if (type !== 'SUBTREE' && type !== 'MAILBOXES') throw bad('Unknown kind of mailboxes')
  args.space()
  const names = args.peek() === '(' ? args.list(() => args.mailbox()) : [args.mailbox()]
  if (names.length === 0) throw bad('Expected the name of a mailbox')
  if (names.length > maxNames) throw no('LIMIT', 'Too many mailboxes')
  return { type, names }
}

function readEvents(args: ArgumentCursor): { told: Set<NotifyEvent>; items: FetchItem[] } {
  const told = new Set<NotifyEvent>()
  let items: FetchItem[] = []
  const unknown = args.list(() => {
    const name = args.keyword()
    const event = events.find((each) => each.toUpperCase() === name)
    if (event) told.add(event)
    if (event === 'MessageNew' && args.looksAt(/ \(/y)) {
      args.space()
      items = readFetchItems(args)
    }
    return event ? null : name
  })
  if (unknown.length === 0) throw bad('Expected an event')
  if (unknown.some((name) => name !== null))
    throw no(`BADEVENT (${events.join(' ')})`, 'Some of the events are not known')
  return { told, items }
}

/** Section 5: what goes only with what. */
function checkEvents({ type }: MailboxFilter, told: ReadonlySet<NotifyEvent>, items: FetchItem[]): void {
  if (told.has('MessageNew') !== told.has('MessageExpunge')) throw bad('MessageNew and MessageExpunge go together')
  if (told.has('FlagChange') && !told.has('MessageNew')) throw bad('FlagChange goes with MessageNew')
  const selected = type.startsWith('SELECTED')
  if (selected && mailboxEvents.some((event) => told.has(event)))
    throw bad('The selected mailbox has events of messages only')
  if (!selected && items.length > 0) throw bad('Data items are told of the selected mailbox only')
}

/** What the groups say of one mailbox: the events of all that name it, down to one that wants none. */
export function eventsOf(
  groups: readonly EventGroup[],
  mailbox: { name: string; personal: boolean; subscribed: boolean },
): Set<NotifyEvent> {
  const wanted = new Set<NotifyEvent>()
  for (const { filter, events } of groups) {
    if (!names(filter, mailbox)) continue
    if (events.size === 0) break
    for (const event of events) wanted.add(event)
  }
  return wanted
}

function names(
  filter: MailboxFilter,
  { name, personal, subscribed }: { name: string; personal: boolean; subscribed: boolean },
): boolean {
  switch (filter.type) {
    case 'PERSONAL':
      return personal
    // Where mail may be delivered: INBOX, and what is below it for those who sort there.
    case 'INBOXES':
      return name === 'INBOX' || name.startsWith('INBOX/')
    case 'SUBSCRIBED':
      return subscribed
    case 'SUBTREE':
      return filter.names.some((above) => name === above || name.startsWith(`${above}/`))
    case 'MAILBOXES':
      return filter.names.includes(name)
    default:
      return false
  }
}
