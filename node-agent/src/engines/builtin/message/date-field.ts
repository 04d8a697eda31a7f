/** The Date field (RFC 5322 section 3.3, with the obsolete forms of 4.3). */
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const zones: Record<string, number> = { EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7 }
const pattern =
  /^(?:[a-z]{3,9}[.,]? *)?(\d{1,2})[ -]([a-z]{3})[a-z]*\.?[ -](\d{2,4}),? (\d{1,2})[:.](\d{2})(?:[:.](\d{2}))?(?: ?([+-]\d{4}|[a-z]{1,5}))?/i

/** Milliseconds since 1970, or null. An unknown zone is UTC (RFC 5322 section 4.3). */
export function parseDateField(field: string): number | null {
  const text = field
    .slice(0, 200)
    .replace(/\([^()]*\)/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  const match = pattern.exec(text)
  if (!match) return null
  const [, day, monthName, yearText, hour, minute, second = '0', zone = ''] = match
  const month = months.indexOf(monthName!.toLowerCase())
  if (month === -1) return null
  let year = Number(yearText)
  if (yearText!.length === 2) year += year < 50 ? 2000 : 1900
  else if (yearText!.length === 3) year += 1900
  // Date.UTC takes the 31st of February, and 24:99, for another time.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
  const local = new Date(Date.UTC(year, month, Number(day), Number(hour), Number(minute), Number(second)))
  if (Number(second) < 60 && local.getUTCDate() !== Number(day)) return null
  return local.getTime() - offsetMinutes(zone) * 60_000
}

function offsetMinutes(zone: string): number {
  if (/^[+-]/.test(zone)) {
    const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3, 5))
    return zone.startsWith('-') ? -minutes : minutes
  }
  return (zones[zone.toUpperCase()] ?? 0) * 60
}
