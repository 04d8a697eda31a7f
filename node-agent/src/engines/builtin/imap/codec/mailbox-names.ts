/** How mailbox names stand on the wire: in modified UTF-7, or in UTF-8 for clients that have asked for it (RFC 6855). */
import { formatString } from './response-text.js'
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.js'

export interface MailboxNames {
  /** From octets as latin1; null for what is no well-formed name. */
  decode(wire: string): string | null
  /** As an atom where that is possible. */
  format(name: string): string
}

const atomic = /^[A-Za-z0-9._/&,+=-]+$/
/** NIL as an atom would be read as the absent string. */
const isAtom = (wire: string): boolean => atomic.test(wire) && wire.toUpperCase() !== 'NIL'

export const modifiedUtf7Names: MailboxNames = {
  decode: decodeModifiedUtf7,
  format(name) {
    const wire = encodeModifiedUtf7(name)
    return isAtom(wire) ? wire : formatString(wire)
  },
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export const utf8Names: MailboxNames = {
  decode(wire) {
    try {
      return utf8.decode(Buffer.from(wire, 'latin1'))
    } catch {
      return null
    }
  },
  format(name) {
    if (isAtom(name)) return name
    return `"${Buffer.from(name, 'utf8').toString('latin1').replace(/["\\]/g, '\\$&')}"`
  },
}
