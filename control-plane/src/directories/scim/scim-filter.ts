/**
 * Filters of RFC 7644 section 3.4.2.2, over resources as they are shown. What they are asked of is bounded: a source has at most
 * some ten thousand people, and a filter some dozens of words.
 */
import { invalid } from './scim-error.js'

const operators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const
type Operator = (typeof operators)[number]
type Scalar = string | number | boolean | null
export type Matches = (resource: unknown) => boolean

const maxLength = 1_000
const maxDepth = 10
const token = /\s*(?:([()[\]])|("(?:[^"\\]|\\.)*")|([^\s()[\]"]+))/gy
const attributePath = /^(?:urn:[A-Za-z0-9:._-]+:)?[A-Za-z$][\w$-]*(?:\.[A-Za-z$][\w$-]*)?$/

export function parseFilter(text: string): Matches {
  if (text.length > maxLength) throw invalid('invalidFilter', `A filter has at most ${maxLength} characters.`)
  const parser = new FilterParser(tokensOf(text))
  const matches = parser.or(0)
  parser.end()
  return matches
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < text.length) {
    const from = token.lastIndex
    const found = token.exec(text)
    if (!found) {
      if (text.slice(from).trim() === '') break
      throw invalid('invalidFilter', 'The filter is not well-formed.')
    }
    tokens.push(found[1] ?? found[2] ?? found[3]!)
  }
  return tokens
}

class FilterParser {
  private at = 0
  constructor(private readonly tokens: readonly string[]) {}

  end(): void {
    if (this.at < this.tokens.length) throw invalid('invalidFilter', 'The filter goes on after its end.')
  }

  or(depth: number): Matches {
    if (depth > maxDepth) throw invalid('invalidFilter', `Filters are at most ${maxDepth} deep.`)
    const parts = [this.and(depth)]
    while (this.takeWord('or')) parts.push(this.and(depth))
    return (resource) => parts.some((part) => part(resource))
  }

  private and(depth: number): Matches {
    const parts = [this.term(depth)]
    while (this.takeWord('and')) parts.push(this.term(depth))
    return (resource) => parts.every((part) => part(resource))
  }

  private term(depth: number): Matches {
    if (this.takeWord('not')) {
      this.expect('(')
      const inner = this.or(depth + 1)
      this.expect(')')
      return (resource) => !inner(resource)
    }
    if (this.take('(')) {
      const inner = this.or(depth + 1)
      this.expect(')')
      return inner
    }
    const path = this.next()
    if (!attributePath.test(path)) throw invalid('invalidFilter', `“${path}” is no attribute.`)
    if (this.take('[')) {
      const inner = this.or(depth + 1)
      this.expect(']')
      return (resource) => valuesAt(resource, path).some(inner)
    }
    const operator = this.next().toLowerCase()
    if (operator === 'pr') return (resource) => valuesAt(resource, path).some((value) => value !== null && value !== '')
    if (!operators.includes(operator as Operator)) throw invalid('invalidFilter', `“${operator}” is no operator.`)
    return comparison(path, operator as Operator, literal(this.next()))
  }

  private next(): string {
    const found = this.tokens[this.at++]
    if (found === undefined) throw invalid('invalidFilter', 'The filter ends too early.')
    return found
  }
  private take(text: string): boolean {
    if (this.tokens[this.at] !== text) return false
    this.at++
    return true
  }
  private takeWord(word: string): boolean {
    if (this.tokens[this.at]?.toLowerCase() !== word) return false
    this.at++
    return true
  }
  private expect(text: string): void {
    if (!this.take(text)) throw invalid('invalidFilter', `“${text}” is missing.`)
  }
}

function literal(text: string): Scalar {
  try {
    const value: unknown = JSON.parse(text)
    if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return value as Scalar
  } catch {
    // Said below.
  }
  throw invalid('invalidFilter', `“${text}” is no value.`)
}

/** Names of attributes are compared without regard to case (RFC 7643 section 2.1), and so are their values here. */
function comparison(path: string, operator: Operator, wanted: Scalar): Matches {
  const test = (value: unknown): boolean => {
    const [one, other] = [folded(value), folded(wanted)]
    if (operator === 'eq') return one === other
    if (typeof one !== 'string' || typeof other !== 'string') return false
    switch (operator) {
      case 'co':
        return one.includes(other)
      case 'sw':
        return one.startsWith(other)
      case 'ew':
        return one.endsWith(other)
      case 'gt':
        return one > other
      case 'ge':
        return one >= other
      case 'lt':
        return one < other
      default:
        return one <= other
    }
  }
  if (operator === 'ne')
    return (resource) => !valuesAt(resource, path).some((value) => folded(value) === folded(wanted))
  return (resource) => valuesAt(resource, path).some(test)
}

/** A value of a multi-valued attribute stands for its `value` (RFC 7643 section 2.4). */
function folded(value: unknown): unknown {
  const plain = typeof value === 'object' && value !== null && 'value' in value ? value.value : value
  return typeof plain === 'string' ? plain.toLowerCase() : plain
}

export function valuesAt(resource: unknown, path: string): unknown[] {
  const names = path.replace(/^urn:.*:/, '').split('.')
  let found: unknown[] = [resource]
  for (const name of names) {
    found = found.flatMap((object) => {
      if (typeof object !== 'object' || object === null) return []
      const key = Object.keys(object).find((one) => one.toLowerCase() === name.toLowerCase())
      const value = key === undefined ? undefined : (object as Record<string, unknown>)[key]
      return value === undefined ? [] : Array.isArray(value) ? (value as unknown[]) : [value]
    })
  }
  return found
}
