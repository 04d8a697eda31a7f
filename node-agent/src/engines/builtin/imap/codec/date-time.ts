/** Dates on the wire (RFC 3501 section 9, `date` and `date-time`). */

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const monthNumber = new Map(months.map((name, index) => [name.toLowerCase(), index]))

const two = (value: number): string => String(value).padStart(2, '0')

/** INTERNALDATE without its quotes, in UTC. */
export function formatDateTime(milliseconds: number): string {
  const at = new Date(milliseconds)
  const day = String(at.getUTCDate()).padStart(2, ' ')
  const year = String(at.getUTCFullYear()).padStart(4, '0')
  const time = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
  return `${day}-${months[at.getUTCMonth()]}-${year} ${time} +0000`
}

const dateTime = /^([ \d]\d)-([A-Za-z]{3})-(\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})$/

/** `date-time` without its quotes, as milliseconds since 1970; null where it is none. */
export function parseDateTime(text: string): number | null {
  const match = dateTime.exec(text)
  if (!match) return null
  const day = civilDay(Number(match[3]), match[2]!, Number(match[1]))
  const [hour, minute, second] = [Number(match[4]), Number(match[5]), Number(match[6])]
  const zone = (Number(match[8]) * 60 + Number(match[9])) * (match[7] === '-' ? -1 : 1)
  // 60: a leap second, which no clock here can hold, so it becomes the next second.
  if (day === null || hour > 23 || minute > 59 || second > 60 || Number(match[9]) > 59) return null
  return day + ((hour * 60 + minute - zone) * 60 + second) * 1000
}

const date = /^(\d{1,2})-([A-Za-z]{3})-(\d{4})$/

/** `date-text`, as the number of its day since 1970; null where it is none. */
export function parseDate(text: string): number | null {
  const match = date.exec(text)
  const midnight = match && civilDay(Number(match[3]), match[2]!, Number(match[1]))
  return midnight === null ? null : dayOf(midnight)
}

/** The number of the day since 1970 that a moment falls on in UTC. */
export const dayOf = (milliseconds: number): number => Math.floor(milliseconds / 86_400_000)

const rfc5322Date = /(?:^|[\s,])(\d{1,2})\s+([A-Za-z]{3})[a-z]*\s+(\d{2,4})\b/

/**
 * The day of a Date field as its writer saw it, since SEARCH compares sent dates without time and zone
 * (RFC 3501 section 6.4.4). Null where the field cannot be read.
 */
export function dayOfDateField(field: string): number | null {
  const match = rfc5322Date.exec(field.slice(0, 200))
  if (!match) return null
  let year = Number(match[3])
  // RFC 5322 section 4.3, obs-year.
  if (match[3]!.length === 2) year += year < 50 ? 2000 : 1900
  else if (match[3]!.length === 3) year += 1900
  const midnight = civilDay(year, match[2]!, Number(match[1]))
  return midnight === null ? null : dayOf(midnight)
}

function civilDay(year: number, monthName: string, day: number): number | null {
  const month = monthNumber.get(monthName.toLowerCase())
  if (month === undefined || day < 1) return null
  const at = new Date(0)
  // Not Date.UTC, which reads years below 100 as 19xx.
  at.setUTCFullYear(year, month, day)
  return at.getUTCMonth() === month && at.getUTCDate() === day ? at.getTime() : null
}
