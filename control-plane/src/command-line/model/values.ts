/** Text of the command line as values of the SDL's types. */
import { getNamedType, getNullableType, isEnumType, isInputObjectType, type GraphQLInputType } from 'graphql'
import { usageFailure } from '../failures.js'
import { isOrder } from './parameters.js'

/** `type` is not a list: each flag gives one item of it. */
export function valueOf(type: GraphQLInputType, text: string, flag: string): unknown {
  const nullable = getNullableType(type)
  if (isInputObjectType(nullable)) return isOrder(nullable) ? orderOf(text) : jsonOf(text, flag)
  if (isEnumType(nullable)) {
    const names = nullable.getValues().map(({ name }) => name)
    const wanted = text.replaceAll('-', '_').toLowerCase()
    const name = names.find((each) => each === text) ?? names.find((each) => each.toLowerCase() === wanted)
    if (name === undefined) throw usageFailure(`${flag}: one of ${names.join(', ')}, not ${text}`)
    return name
  }
  switch (getNamedType(type).name) {
    case 'Int':
    case 'SafeInt':
      return wholeNumber(text, flag)
    case 'Float':
      if (!/^-?\d+(\.\d+)?$/.test(text)) throw usageFailure(`${flag}: a number, not ${text}`)
      return Number(text)
    case 'Boolean':
      if (!/^(true|false)$/i.test(text)) throw usageFailure(`${flag}: true or false, not ${text}`)
      return text.toLowerCase() === 'true'
    case 'DateTime':
      return dateTime(text, flag)
    case 'JSON':
      return looseJson(text)
    default:
      return text
  }
}

export function jsonOf(text: string, where: string): unknown {
  try {
    // Editors of Windows begin a file with a byte order mark.
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw usageFailure(`${where}: no JSON: ${(error as Error).message}`)
  }
}

function looseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

const units: Record<string, number> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
}

/** Also `5GiB`, `500MB`: quotas are bytes. */
function wholeNumber(text: string, flag: string): number {
  const [, digits, unit = ''] = /^(-?\d+)\s*([kmgt]i?b)?$/i.exec(text) ?? []
  const value = Number(digits) * (units[unit.toLowerCase()] ?? 1)
  if (digits === undefined || !Number.isSafeInteger(value)) {
    throw usageFailure(`${flag}: a whole number, or one with a unit such as 5GiB, not ${text}`)
  }
  return value
}

const spans: Record<string, number> = { s: 1e3, m: 60e3, h: 3600e3, d: 86400e3, w: 7 * 86400e3 }

/** RFC 3339; a date, or a date and time without a zone, is local; `-2h` and `+30d` are from now. */
function dateTime(text: string, flag: string): string {
  const [, sign, amount, unit] = /^([+-])(\d+)([smhdw])$/.exec(text) ?? []
  if (sign) return new Date(Date.now() + (sign === '-' ? -1 : 1) * Number(amount) * spans[unit!]!).toISOString()
  if (text === 'now') return new Date().toISOString()
  const [, date, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/i.exec(text) ?? []
  const at = date ? new Date(`${date}T${time ?? '00:00'}${zone?.toUpperCase() ?? ''}`) : null
  if (!at || Number.isNaN(at.getTime())) {
    throw usageFailure(`${flag}: a time such as 2027-01-31, 2027-01-31T08:00+07:00, -2h or +30d, not ${text}`)
  }
  return at.toISOString()
}

/** `NAME`, `name:desc`. */
function orderOf(text: string): unknown {
  const [field = '', direction] = text.split(':')
  const constant = (word: string) => word.replaceAll('-', '_').toUpperCase()
  return { field: constant(field), ...(direction && { direction: constant(direction) }) }
}
