/** The charset of search keys. US-ASCII is a part of UTF-8, so both are read alike. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { no } from '../errors.js'

export function readCharset(args: ArgumentCursor): void {
  const charset = args.astring().toString('latin1').toUpperCase()
  if (charset !== 'UTF-8' && charset !== 'US-ASCII') throw no('BADCHARSET (UTF-8 US-ASCII)', 'Use UTF-8')
}
