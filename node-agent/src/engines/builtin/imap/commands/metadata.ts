/**
 * GETMETADATA and SETMETADATA (RFC 5464): notes on a mailbox, or (with the empty name) on the server. A private entry is seen by
 * its account alone; a shared one by all who may use the mailbox. Shared entries of the server are nobody's to set.
 */
import { type Annotation, StoreError } from '../../store/mail-store.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { formatOctets } from '../codec/response-text.js'
import { bad, no } from '../errors.js'
import { readEntry, readMetadataArguments, type Depth } from '../metadata/metadata-arguments.js'
import type { Session } from '../session.js'
import { signedIn, type CommandEntry } from './command-entry.js'

const maxValue = 32_768
const maxChanges = 100

export const getMetadata: CommandEntry = {
  name: 'GETMETADATA',
  states: signedIn,
  capability: 'METADATA',
  async handler(session, args) {
    const { name, entries, depth, maxSize } = readMetadataArguments(args)
    const mailboxId = await annotated(session, name, false)
    const found = select(await session.context.store.annotations(session.account.id, mailboxId), entries, depth)
    const tellable = found.filter(({ value }) => (value?.length ?? 0) <= maxSize)
    if (tellable.length > 0) {
      const { out } = session
      out.write(`* METADATA ${session.names.format(name)} (`)
      for (const [position, { entry, value }] of tellable.entries()) {
        out.write(`${position > 0 ? ' ' : ''}${entry} ${value === null ? 'NIL' : formatOctets(value)}`)
        await out.drain()
      }
      out.line(')')
    }
    if (tellable.length === found.length) return {}
    const longest = Math.max(...found.map(({ value }) => value?.length ?? 0))
    return { code: `METADATA LONGENTRIES ${longest}`, text: 'Some entries are longer than was asked for' }
  },
}

export const setMetadata: CommandEntry = {
  name: 'SETMETADATA',
  states: signedIn,
  capability: 'METADATA',
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    args.space()
    const changes = args.list(() => readChange(args))
    args.end()
    if (changes.length === 0) throw bad('Expected an entry and its value')
    if (changes.length > maxChanges) throw no('METADATA TOOMANY', 'Too many entries')
    if (changes.some(({ value }) => value !== null && value.length > maxValue))
      throw no(`METADATA MAXSIZE ${maxValue}`, 'The value is too long')
    const shared = changes.some(({ entry }) => entry.startsWith('/shared/'))
    const mailboxId = await annotated(session, name, shared)
    try {
      await session.context.store.setAnnotations(session.account.id, mailboxId, changes)
    } catch (error) {
      if (error instanceof StoreError && error.code === 'LIMIT_REACHED')
        throw no('METADATA TOOMANY', 'There is no room for more entries')
      throw error
    }
  },
}

function readChange(args: ArgumentCursor): { entry: string; value: Buffer | null } {
  const entry = readEntry(args)
  if (!entry.includes('/', 1)) throw bad('That names no entry')
  args.space()
  return { entry, value: args.nstringOrBinary() }
}

/** The mailbox, or null for the server. RFC 5464 section 3.3 says what rights it takes; to change what others see, `w` here. */
async function annotated(session: Session, name: string, changesShared: boolean): Promise<number | null> {
  const refusal = no('NOPERM', 'That takes a right which you do not have')
  if (name === '') {
    if (changesShared) throw refusal
    return null
  }
  const { info, rights } = await session.findMailbox(name, 'l')
  if (!/[rswip]/.test(rights) || (changesShared && !rights.includes('w'))) throw refusal
  return info.id
}

interface Told {
  entry: string
  value: Buffer | null
}

/** What is asked for by its own name is told as NIL where it is not set. */
function select(annotations: readonly Annotation[], entries: readonly string[], depth: Depth): Told[] {
  const values = new Map(annotations.map(({ entry, value }) => [entry, value]))
  if (depth === 0) return entries.map((entry) => ({ entry, value: values.get(entry) ?? null }))
  const told = annotations.filter(({ entry }) =>
    entries.some((wanted) => entry === wanted || isBelow(entry, wanted, depth)),
  )
  return told
}

function isBelow(entry: string, above: string, depth: Depth): boolean {
  return entry.startsWith(`${above}/`) && (depth === 'infinity' || !entry.includes('/', above.length + 1))
}
