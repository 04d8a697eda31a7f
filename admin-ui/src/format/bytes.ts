/** Sizes for people, in binary units, and back from what they type. */
const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const

export function formatBytes(bytes: number, locale: string): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  const digits = unit === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)} ${units[unit]}`
}

export const mebibyte = 1024 ** 2
export const gibibyte = 1024 ** 3

/** `2.5` GiB as bytes; null for nothing (unlimited); NaN for what is no size. Both decimal signs are understood. */
export function parseGibibytes(text: string): number | null {
  const trimmed = text.trim().replace(',', '.')
  if (trimmed === '') return null
  if (!/^\d+(\.\d+)?$/.test(trimmed)) return Number.NaN
  const bytes = Math.round(Number(trimmed) * gibibyte)
  return Number.isSafeInteger(bytes) ? bytes : Number.NaN
}

export const toGibibytes = (bytes: number | null): string =>
  bytes === null ? '' : String(Number((bytes / gibibyte).toFixed(3)))
