/** What METADATA responses tell (RFC 5464 section 4.4), after GETMETADATA and in LIST. */
import type { Annotation } from '../../store/mail-store.js'
import { formatOctets } from '../codec/response-text.js'
import type { Session } from '../session.js'
import type { Depth } from './metadata-arguments.js'

export interface ToldEntry {
  entry: string
  /** Null: asked for by its own name, and not set. */
  value: Buffer | null
}

export function selectAnnotations(
  annotations: readonly Annotation[],
  entries: readonly string[],
  depth: Depth,
): ToldEntry[] {
  if (depth === 0) {
    const values = new Map(annotations.map(({ entry, value }) => [entry, value]))
    return entries.map((entry) => ({ entry, value: values.get(entry) ?? null }))
  }
  return annotations.filter(({ entry }) => entries.some((wanted) => entry === wanted || isBelow(entry, wanted, depth)))
}

function isBelow(entry: string, above: string, depth: Depth): boolean {
  return entry.startsWith(`${above}/`) && (depth === 'infinity' || !entry.includes('/', above.length + 1))
}

export async function writeMetadata(session: Session, name: string, told: readonly ToldEntry[]): Promise<void> {
  if (told.length === 0) return
  const { out } = session
  out.write(`* METADATA ${session.names.format(name)} (`)
  for (const [position, { entry, value }] of told.entries()) {
    out.write(`${position > 0 ? ' ' : ''}${entry} ${value === null ? 'NIL' : formatOctets(value)}`)
    await out.drain()
  }
  out.line(')')
}
