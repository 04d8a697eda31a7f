/**
 * Address lists of header fields (RFC 5322 section 3.4 with the obsolete forms of 4.4): groups, quoted strings, comments,
 * routes. Tolerant: what is no address is skipped up to the next comma. One pass, no recursion, at most `limits.addresses`.
 */
import { limits } from './limits.js'
import { FieldScanner } from './structured-field.js'

export interface MailboxAddress {
  type: 'mailbox'
  /** Display name as in the field, encoded words included; the comment behind a bare address where there is none. */
  name: string | null
  /** The obsolete source route, `@a,@b`. */
  route: string | null
  localPart: string
  /** Empty where it is missing. */
  domain: string
}
export type Address = MailboxAddress | { type: 'group-start'; name: string } | { type: 'group-end' }

const specials = '()<>[]:;@\\,"'
const wordEnd = `${specials}. \t\r\n`

export function parseAddressList(field: string): Address[] {
  return new AddressListParser(field).parse()
}

class AddressListParser {
  private readonly scanner: FieldScanner
  private readonly list: Address[] = []
  private inGroup = false

  constructor(field: string) {
    this.scanner = new FieldScanner(field)
  }

  parse(): Address[] {
    const { scanner, list } = this
    while (list.length < limits.addresses) {
      scanner.skipSpace()
      if (scanner.atEnd) break
      const before = scanner.position
      if (scanner.take(',')) continue
      if (scanner.take(';')) {
        this.endGroup()
        continue
      }
      this.address()
      // Whatever it is that nobody wanted.
      if (scanner.position === before) scanner.position += 1
    }
    this.endGroup()
    return list
  }

  private endGroup(): void {
    if (this.inGroup) this.list.push({ type: 'group-end' })
    this.inGroup = false
  }

  private address(): void {
    const { scanner } = this
    const { text, comment } = this.phrase()
    if (scanner.next === ':' && text !== '' && !this.inGroup) {
      scanner.position += 1
      this.inGroup = true
      this.list.push({ type: 'group-start', name: text })
    } else if (scanner.next === '<') this.angleAddress(text)
    else if (scanner.next === '@') {
      scanner.position += 1
      const { domain, comment: last } = this.domain()
      this.add({ name: last ?? comment, route: null, localPart: unspaced(text), domain })
      this.skipRest()
    } else {
      if (text !== '') this.add({ name: comment, route: null, localPart: text, domain: '' })
      this.skipRest()
    }
  }

  /** Words and quoted strings up to a character that cannot be in a phrase or local part. */
  private phrase(): { text: string; comment: string | null } {
    const { scanner } = this
    let text = ''
    let comment: string | null = null
    for (;;) {
      const start = scanner.position
      comment = scanner.skipSpace() ?? comment
      const spaced = scanner.position > start && text !== ''
      let word: string
      if (scanner.next === '"') word = scanner.quotedString()
      else if (scanner.take('.')) word = '.'
      else {
        word = scanner.until(wordEnd)
        if (word === '') return { text, comment }
      }
      text += spaced ? ` ${word}` : word
    }
  }

  private angleAddress(name: string): void {
    const { scanner } = this
    scanner.position += 1
    scanner.skipSpace()
    let route: string | null = null
    if (scanner.next === '@') {
      route = scanner.until(':>').trim()
      scanner.take(':')
    }
    const { text } = this.phrase()
    const domain = scanner.take('@') ? this.domain().domain : ''
    scanner.until('>,')
    scanner.take('>')
    this.add({ name: name.trim() || null, route, localPart: unspaced(text), domain })
    this.skipRest()
  }

  private domain(): { domain: string; comment: string | null } {
    const { scanner } = this
    let domain = ''
    let comment: string | null = null
    for (;;) {
      comment = scanner.skipSpace() ?? comment
      // Only dots join words (RFC 5322 section 4.4).
      if (domain !== '' && !domain.endsWith('.') && scanner.next !== '.') return { domain, comment }
      let piece: string
      if (scanner.next === '[') {
        piece = scanner.until(']>')
        if (scanner.take(']')) piece += ']'
      } else piece = scanner.take('.') ? '.' : scanner.until(wordEnd)
      if (piece === '') return { domain, comment }
      domain += piece
    }
  }

  private skipRest(): void {
    const { scanner } = this
    for (;;) {
      scanner.skipSpace()
      if (scanner.next === '"') scanner.quotedString()
      else if (scanner.atEnd || scanner.next === ',' || scanner.next === ';') return
      else scanner.position += 1
    }
  }

  private add(mailbox: Omit<MailboxAddress, 'type'>): void {
    if (mailbox.localPart === '' && mailbox.domain === '') return
    this.list.push({ type: 'mailbox', ...mailbox })
  }
}

/** White space round dots is no part of the local part (RFC 5322 section 4.4); that within a quoted string is. */
const unspaced = (text: string): string => text.replace(/ ?\. ?/g, '.').trim()
