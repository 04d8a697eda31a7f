/**
 * Fields of tokens and parameters: Content-Type, Content-Disposition, Content-Language (RFC 2045 section 5.1, RFC 2183,
 * RFC 3282). Tolerant: what makes no sense is skipped. One pass, no backtracking; at most `limits.parameters` parameters.
 */
import { limits } from './limits.js'
import type { Parameters } from './mime-part.js'

const isSpace = (char: string): boolean => char === ' ' || char === '\t' || char === '\r' || char === '\n'

/** Reads comments, quoted strings and words of a field, for all parsers of structured fields. */
export class FieldScanner {
  position = 0
  constructor(readonly text: string) {}

  get atEnd(): boolean {
    return this.position >= this.text.length
  }

  get next(): string {
    return this.text[this.position] ?? ''
  }

  /** White space and comments. Returns the text of the last comment, or null. */
  skipSpace(): string | null {
    let comment: string | null = null
    for (; !this.atEnd;) {
      if (isSpace(this.next)) this.position += 1
      else if (this.next === '(') comment = this.comment()
      else break
    }
    return comment
  }

  take(char: string): boolean {
    if (this.next !== char) return false
    this.position += 1
    return true
  }

  /** At `"`. Unescaped; an unterminated string runs to the end. */
  quotedString(): string {
    return this.delimited('"')
  }

  /** Up to one of the characters, or the end. */
  until(stops: string): string {
    const start = this.position
    while (!this.atEnd && !stops.includes(this.next)) this.position += 1
    return this.text.slice(start, this.position)
  }

  private delimited(end: string): string {
    this.position += 1
    let value = ''
    for (; !this.atEnd; this.position += 1) {
      if (this.next === end) {
        this.position += 1
        break
      }
      if (this.next === '\\' && this.position + 1 < this.text.length) this.position += 1
      value += this.next
    }
    return value
  }

  /** At `(`. Nested ones are part of it; counted, not recursed into. */
  private comment(): string {
    let value = ''
    let depth = 0
    for (; !this.atEnd; this.position += 1) {
      const char = this.next
      if (char === '\\' && this.position + 1 < this.text.length) {
        this.position += 1
        value += this.next
        continue
      }
      if (char === '(' && depth++ === 0) continue
      if (char === ')' && --depth === 0) {
        this.position += 1
        break
      }
      value += char
    }
    return value.trim()
  }
}

export interface TokenWithParameters {
  value: string
  parameters: Parameters
}

/** `value; name=value; ...`. Null where there is no value. */
export function parseTokenWithParameters(field: string): TokenWithParameters | null {
  const scanner = new FieldScanner(field)
  scanner.skipSpace()
  const value = scanner.until('; \t(').trim()
  const parameters: Parameters = []
  while (!scanner.atEnd && parameters.length < limits.parameters) {
    scanner.until(';')
    if (!scanner.take(';')) break
    scanner.skipSpace()
    const name = scanner.until('=; \t(').trim()
    scanner.skipSpace()
    if (name === '' || !scanner.take('=')) continue
    scanner.skipSpace()
    // Some senders forget to quote what has spaces in it: take it up to the semicolon, as most readers do.
    const text = scanner.next === '"' ? scanner.quotedString() : scanner.until(';(').trimEnd()
    parameters.push([name, text])
  }
  return value === '' ? null : { value, parameters }
}

const token = /^[!#$%&'*+\-.^_`{|}~0-9A-Za-z]+$/

export function parseContentType(field: string): { type: string; subtype: string; parameters: Parameters } | null {
  const parsed = parseTokenWithParameters(field)
  if (!parsed) return null
  const slash = parsed.value.indexOf('/')
  const type = parsed.value.slice(0, slash)
  const subtype = parsed.value.slice(slash + 1)
  return slash > 0 && token.test(type) && token.test(subtype) ? { type, subtype, parameters: parsed.parameters } : null
}

export const parseLanguages = (field: string): string[] =>
  field
    .split(',', limits.parameters)
    .map((tag) => tag.replace(/\([^()]*\)/g, '').trim())
    .filter((tag) => tag !== '')
