/** Times in the viewer's zone, with the zone named, since an administrator often reads a log with somebody elsewhere. */
export const timeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

export function formatDateTime(iso: string, locale: string, zone = timeZone()): string {
  return new Intl.DateTimeFormat(locale, {
    year: 'numeric',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
    timeZoneName: 'short',
  }).format(new Date(iso))
}

/** For table rows, where the column's head names the zone. */
export function formatShort(iso: string, locale: string, zone = timeZone()): string {
  return new Intl.DateTimeFormat(locale, {
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
    timeZone: zone,
  }).format(new Date(iso))
}

export function formatDate(iso: string, locale: string, zone = timeZone()): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: zone }).format(new Date(iso))
}

/** `UTC+7`, for a table's head. */
export function zoneName(locale: string, zone = timeZone(), at = new Date()): string {
  const parts = new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName: 'short' }).formatToParts(at)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? zone
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** "3 minutes ago"; less than a minute counts as now. */
export function formatRelative(iso: string, locale: string, now = Date.now()): string {
  const seconds = (new Date(iso).getTime() - now) / 1_000
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [unit, size] of steps) {
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit)
  }
  return format.format(0, 'second')
}

/** The value of a `datetime-local` field, which is in the viewer's zone, as ISO; empty stays empty. */
export const localToIso = (value: string): string | undefined => {
  const at = value === '' ? Number.NaN : new Date(value).getTime()
  return Number.isNaN(at) ? undefined : new Date(at).toISOString()
}

/** And back: to the minute, as such a field shows it. */
export function isoToLocal(iso: string): string {
  const at = new Date(iso)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-')
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`
}
