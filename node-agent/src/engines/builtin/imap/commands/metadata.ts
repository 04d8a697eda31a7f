/**
 * GETMETADATA and SETMETADATA (RFC 5464): notes on a mailbox, or (with the empty name) on the server. A private entry is seen by
 * its account alone; a shared one by all who may use the mailbox. Shared entries of the server are nobody's to set.
 */
import { StoreError } from '../../store/mail-store.js'
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'
import { readEntry, readMetadataArguments } from '../metadata/metadata-arguments.js'
import { selectAnnotations, writeMetadata } from '../metadata/metadata-response.js'
import type { Session } from '../session.js'
import { mayAnnotate } from '../sharing/rights.js'
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
    const annotations = await session.context.store.annotations(session.account.id, mailboxId)
    const found = selectAnnotations(annotations, entries, depth)
    const tellable = found.filter(({ value }) => (value?.length ?? 0) <= maxSize)
    await writeMetadata(session, name, tellable)
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
  if (!mayAnnotate(rights) || (changesShared && !rights.includes('w'))) throw refusal
  return info.id
}
