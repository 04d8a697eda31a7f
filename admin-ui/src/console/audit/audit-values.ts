/** What an entry of the audit trail says about each field: its value before and after, as text. */
export interface ChangedField {
  name: string
  before?: string
  after?: string
}

function fields(json: string | null): Record<string, unknown> {
  if (json === null) return {}
  try {
    const parsed: unknown = JSON.parse(json)
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : {}
  } catch {
    return {}
  }
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value))

export function changedFields(before: string | null, after: string | null): ChangedField[] {
  const old = fields(before)
  const young = fields(after)
  return [...new Set([...Object.keys(old), ...Object.keys(young)])].sort().map((name) => ({
    name,
    ...(Object.hasOwn(old, name) && { before: asText(old[name]) }),
    ...(Object.hasOwn(young, name) && { after: asText(young[name]) }),
  }))
}
