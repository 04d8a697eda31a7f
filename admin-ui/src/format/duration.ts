/** Durations as `90s`, `5m`, `4h`, `5d`, the way an operator writes a retry schedule. */
const sizes = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

export function formatDuration(seconds: number): string {
  for (const unit of ['d', 'h', 'm'] as const) {
    if (seconds >= sizes[unit] && seconds % sizes[unit] === 0) return `${seconds / sizes[unit]}${unit}`
  }
  return `${seconds}s`
}

/** Seconds, or null for what is no duration. A bare number is seconds. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,9})\s*([smhd]?)$/i.exec(text.trim())
  if (!match) return null
  return Number(match[1]) * sizes[(match[2]?.toLowerCase() || 's') as keyof typeof sizes]
}

export const formatDurations = (list: readonly number[]): string => list.map(formatDuration).join(', ')

/** Null where one of the parts is no duration. */
export function parseDurations(text: string): number[] | null {
  const parts = text
    .split(/[,;\s]+/)
    .filter(Boolean)
    .map(parseDuration)
  return parts.length > 0 && parts.every((part) => part !== null) ? parts : null
}
