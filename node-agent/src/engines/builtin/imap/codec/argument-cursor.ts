/**
 * Reads the arguments of a command (RFC 3501 section 9). Each method takes one element or throws BAD; `end` must be
 * called last, so that nothing unread is ignored. Strict on atoms, lenient on 8-bit octets in quoted strings, which
 * clients send in names and passwords.
 */
import type { MessageContent } from '../../message/message-content.js'
import { bad, no } from '../errors.js'
import { announcement, type Segment } from './command.js'
import { modifiedUtf7Names, type MailboxNames } from './mailbox-names.js'
import { parseSequenceSet, type Range } from './sequence-set.js'

const atomPattern = /[^\0-\x20\x7f-\xff(){%*"\\\]]+/y
/** `ASTRING-CHAR`: an atom may hold `]` where an astring is expected. */
const astringPattern = /[^\0-\x20\x7f-\xff(){%*"\\]+/y
const listMailboxPattern = /[^\0-\x20\x7f-\xff(){"\\]+/y
const quotedPattern = /"((?:[^\0\r\n"\\]|\\["\\])*)"/y
const numberPattern = /\d{1,19}/y
const sequencePattern = /[\d*:,]+/y
const flagPattern = /\\?[^\0-\x20\x7f-\xff(){%*"\\\]]+/y
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export class ArgumentCursor {
  private index = 0
  private position = 0
  constructor(
    private readonly segments: readonly Segment[],
    readonly names: MailboxNames = modifiedUtf7Names,
  ) {}

  private get text(): string {
    const segment = this.segments[this.index]
    return typeof segment === 'string' ? segment : ''
  }

  /** The next character, or an empty string at the end of the command or of the line before a literal's announcement. */
  peek(): string {
    return this.text.charAt(this.position)
  }

  take(expected: string): boolean {
    if (!this.text.startsWith(expected, this.position)) return false
    this.position += expected.length
    return true
  }

  expect(expected: string): void {
    if (!this.take(expected)) throw bad(`Expected ${expected === ' ' ? 'a space' : `"${expected}"`}`)
  }

  space(): void {
    this.expect(' ')
  }

  /** One sticky match, or null with nothing taken. */
  match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.position
    const match = pattern.exec(this.text)
    if (match) this.position += match[0].length
    return match
  }

  private need(pattern: RegExp, what: string): string {
    const match = this.match(pattern)
    if (!match) throw bad(`Expected ${what}`)
    return match[0]
  }

  atom(): string {
    return this.need(atomPattern, 'an atom')
  }

  /** An atom in capitals. */
  keyword(): string {
    return this.atom().toUpperCase()
  }

  number(max = 4_294_967_295): number {
    const value = Number(this.need(numberPattern, 'a number'))
    if (value > max) throw bad('The number is too large')
    return value
  }

  /** A modification sequence (RFC 7162, up to 63 bits). Ours fit a double: all above is the same to us. */
  modSeq(): number {
    return Math.min(this.number(Number.POSITIVE_INFINITY), Number.MAX_SAFE_INTEGER)
  }

  sequenceSet(): Range[] {
    const set = parseSequenceSet(this.need(sequencePattern, 'a sequence set'))
    if (!set) throw bad('Malformed sequence set')
    return set
  }

  /** A quoted string or a literal; null where the next element is neither. */
  private maybeString(): Buffer | null {
    const quoted = this.match(quotedPattern)
    if (quoted) return Buffer.from(quoted[1]!.replace(/\\(["\\])/g, '$1'), 'latin1')
    const literal = this.literal()
    if (literal === null) return null
    if (literal.type !== 'octets') throw bad('A message is expected only as the last argument of APPEND')
    if (literal.octets.includes(0)) throw bad('A literal must not hold NUL')
    return literal.octets
  }

  /** Whether a literal comes next that the client has sent already. */
  get hasLiteral(): boolean {
    return announcement.exec(this.text)?.index === this.position && this.index + 1 < this.segments.length
  }

  private literal(): Exclude<Segment, string> | null {
    const next = this.segments[this.index + 1]
    if (!this.hasLiteral || next === undefined || typeof next === 'string') return null
    this.index += 2
    this.position = 0
    return next
  }

  string(): Buffer {
    const value = this.maybeString()
    if (value === null) throw bad('Expected a string')
    return value
  }

  astring(): Buffer {
    return this.maybeString() ?? Buffer.from(this.need(astringPattern, 'a string or an atom'), 'latin1')
  }

  /** An astring that must be UTF-8. */
  astringText(): string {
    return decodeUtf8(this.astring())
  }

  /** A string, or null for NIL. */
  nstring(): Buffer | null {
    const value = this.maybeString()
    if (value !== null) return value
    if (this.keyword() !== 'NIL') throw bad('Expected a string or NIL')
    return null
  }

  /** As `nstring`; or a literal of any octets, NUL too, which `~` announces (RFC 3516). */
  nstringOrBinary(): Buffer | null {
    if (!this.take('~')) return this.nstring()
    const literal = this.literal()
    if (literal?.type !== 'octets') throw bad('Expected a literal')
    return literal.octets
  }

  /** Whether this comes next; takes nothing. */
  looksAt(pattern: RegExp): boolean {
    pattern.lastIndex = this.position
    return pattern.test(this.text)
  }

  /** A mailbox name, in UTF-8 and NFC; INBOX in capitals. */
  mailbox(): string {
    const name = this.names.decode(this.astring().toString('latin1'))
    if (name === null) throw no('CANNOT', 'The mailbox name is not well-formed')
    return canonicalMailboxName(name)
  }

  /** `list-mailbox`: a mailbox name with wildcards, as it is on the wire. */
  listMailbox(): string {
    return (this.maybeString() ?? Buffer.from(this.need(listMailboxPattern, 'a mailbox pattern'), 'latin1')).toString(
      'latin1',
    )
  }

  /** The octets of a message that APPEND stores. */
  message(): MessageContent {
    const literal = this.literal()
    if (literal?.type !== 'message') throw bad('Expected the message as a literal')
    return literal.content
  }

  flag(): string {
    return this.need(flagPattern, 'a flag')
  }

  flagList(): string[] {
    return this.list(() => this.flag())
  }

  /** A parenthesized list of elements with single spaces between them; may be empty. */
  list<Element>(element: () => Element): Element[] {
    this.expect('(')
    const elements: Element[] = []
    if (this.take(')')) return elements
    do elements.push(element())
    while (this.take(' '))
    this.expect(')')
    return elements
  }

  get atEnd(): boolean {
    return this.position >= this.text.length && this.index >= this.segments.length - 1
  }

  end(): void {
    if (!this.atEnd) throw bad('Unexpected text after the arguments')
  }
}

export function decodeUtf8(octets: Buffer): string {
  try {
    return utf8.decode(octets)
  } catch {
    throw bad('The text is not UTF-8')
  }
}

/** INBOX is case-insensitive (RFC 3501 section 5.1), as a first level too. */
export function canonicalMailboxName(name: string): string {
  const normal = name.normalize('NFC')
  return /^inbox(?=\/|$)/i.test(normal) ? `INBOX${normal.slice(5)}` : normal
}
