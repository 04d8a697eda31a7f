/** The arguments of LIST, plain or extended (RFC 3501 section 6.3.8, RFC 5258, RFC 5819, RFC 6154, RFC 9590). */
import { canonicalMailboxName, type ArgumentCursor } from '../codec/argument-cursor.js'
import type { MailboxNames } from '../codec/mailbox-names.js'
import { bad } from '../errors.js'
import { readEntries } from '../metadata/metadata-arguments.js'
import { compilePattern, type Matcher } from './mailbox-pattern.js'
import { readStatusItems, type StatusItem } from './status-items.js'

export type SelectionCriterion = 'SUBSCRIBED' | 'SPECIAL-USE'

export interface ListArguments {
  /** LIST "" "" asks for the separator alone. */
  separatorOnly: boolean
  matchers: Matcher[]
  criteria: SelectionCriterion[]
  recursiveMatch: boolean
  /** Any of RFC 5258's forms was used. */
  extended: boolean
  returnSubscribed: boolean
  status: StatusItem[] | null
  /** Entries whose values are told with each mailbox (RFC 9590). */
  metadata: string[] | null
}

const maxPatterns = 100

export function readListArguments(args: ArgumentCursor, extensible: boolean): ListArguments {
  args.space()
  const selection = extensible && args.peek() === '(' ? readSelection(args) : null
  if (selection) args.space()
  const reference = args.astring().toString('latin1')
  args.space()
  const multiple = extensible && args.peek() === '('
  const patterns = multiple ? args.list(() => args.listMailbox()) : [args.listMailbox()]
  if (patterns.length === 0 || patterns.length > maxPatterns) throw bad('Expected one to 100 mailbox patterns')
  const returned = extensible && args.take(' ') ? readReturn(args) : null
  args.end()
  const criteria = selection?.criteria ?? []
  return {
    separatorOnly: !multiple && !selection && patterns[0] === '',
    matchers: patterns.map((pattern) => toMatcher(reference, pattern, args.names)),
    criteria,
    recursiveMatch: selection?.recursiveMatch ?? false,
    extended: selection !== null || multiple || returned !== null,
    returnSubscribed: (returned?.subscribed ?? false) || criteria.includes('SUBSCRIBED'),
    status: returned?.status ?? null,
    metadata: returned?.metadata ?? null,
  }
}

/** The reference is put before the pattern, whose own leading separator makes it absolute. */
function toMatcher(reference: string, pattern: string, names: MailboxNames): Matcher {
  const wire = pattern.startsWith('/') ? pattern.slice(1) : reference + pattern
  const decoded = names.decode(wire)
  return decoded === null ? () => false : compilePattern(canonicalMailboxName(decoded))
}

function readSelection(args: ArgumentCursor): { criteria: SelectionCriterion[]; recursiveMatch: boolean } {
  const options = args.list(() => args.keyword())
  const criteria: SelectionCriterion[] = []
  for (const option of new Set(options)) {
    if (option === 'SUBSCRIBED' || option === 'SPECIAL-USE') criteria.push(option)
    // REMOTE asks for remote mailboxes too, of which there are none.
    else if (option !== 'RECURSIVEMATCH' && option !== 'REMOTE') throw bad('Unknown selection option')
  }
  const recursiveMatch = options.includes('RECURSIVEMATCH')
  if (recursiveMatch && criteria.length === 0) throw bad('RECURSIVEMATCH needs another selection option')
  return { criteria, recursiveMatch }
}

type Returned = Pick<ListArguments, 'status' | 'metadata'> & { subscribed: boolean }

function readReturn(args: ArgumentCursor): Returned {
  if (args.keyword() !== 'RETURN') throw bad('Expected RETURN')
  args.space()
  const returned: Returned = { subscribed: false, status: null, metadata: null }
  args.list(() => {
    const option = args.keyword()
    if (option === 'SUBSCRIBED') returned.subscribed = true
    else if (option === 'STATUS') {
      args.space()
      returned.status = readStatusItems(args)
    } else if (option === 'METADATA') {
      args.space()
      returned.metadata = readEntries(args)
    } else if (option !== 'CHILDREN' && option !== 'SPECIAL-USE') throw bad('Unknown return option')
  })
  return returned
}
