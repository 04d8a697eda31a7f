/** Fields of rows, from whatever a file has: a text, or what JSON has. Each throws INVALID_INPUT with the field's path. */
import { normalizeAddress, normalizeDomain } from '@mailfleet/schema'
import type { RowInput } from '../jobs/index.js'
import { invalidInput } from '../platform/errors.js'

export function textField(fields: RowInput, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value === 'string') return value.trim()
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  throw invalidInput([name], 'This must be a text.')
}

/** As it is, with the spaces around it. */
export function secretField(fields: RowInput, name: string): string | undefined {
  const value = fields[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string') throw invalidInput([name], 'This must be a text.')
  return value
}

export function requireField(fields: RowInput, name: string): string {
  const value = textField(fields, name)
  if (value === undefined || value === '') throw invalidInput([name], 'This must be given.')
  return value
}

export function addressField(fields: RowInput, name: string): string {
  const address = normalizeAddress(requireField(fields, name))
  if (!address) throw invalidInput([name], 'This is not an e-mail address.')
  return address
}

export function domainField(fields: RowInput, name: string): string {
  const domain = normalizeDomain(requireField(fields, name))
  if (!domain) throw invalidInput([name], 'This is not a domain name.')
  return domain
}

const units = { '': 0, K: 10, M: 20, G: 30, T: 40 } as const

export function bytesField(fields: RowInput, name: string): number | null | undefined {
  const text = textField(fields, name)
  if (text === undefined || text === '') return undefined
  if (/^(unlimited|null)$/i.test(text)) return null
  const bytes = readBytes(text)
  if (bytes === undefined) throw invalidInput([name], 'This is no number of bytes.')
  return bytes
}

/** Bytes, or with a unit (1 K is 1,024): `500 MB`, `2GiB`. Undefined: it is neither. */
export function readBytes(text: string): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,3})?) ?([KMGT]?)(?:i?B)?$/i.exec(text)
  if (!match) return undefined
  const bytes = Math.round(Number(match[1]) * 2 ** units[match[2]!.toUpperCase() as keyof typeof units])
  return Number.isSafeInteger(bytes) ? bytes : undefined
}

/** A list, or a text with commas, semicolons or spaces between. */
export function listField(fields: RowInput, name: string): string[] {
  const value = fields[name]
  const list = Array.isArray(value) ? value : (textField(fields, name) ?? '').split(/[\s,;]+/)
  const texts = list.filter((item) => typeof item === 'string' && item.trim() !== '') as string[]
  if (texts.length === 0) throw invalidInput([name], 'This must be given.')
  return texts.map((text) => text.trim())
}
