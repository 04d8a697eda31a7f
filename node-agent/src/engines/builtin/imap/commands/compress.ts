/** COMPRESS=DEFLATE (RFC 4978): from the answer on, both directions are one deflate stream each. */
import { no } from '../errors.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const compress: CommandEntry = {
  name: 'COMPRESS',
  states: signedIn,
  capability: 'COMPRESS=DEFLATE',
  async handler(session, args) {
    args.space()
    const mechanism = args.keyword()
    args.end()
    if (mechanism !== 'DEFLATE') throw no('CANNOT', 'That compression is not offered')
    if (session.connection.compressed) throw no('COMPRESSIONACTIVE', 'DEFLATE is active already')
    // As with STARTTLS, the answer and the change are one step.
    session.turningToDeflate = true
    return { text: 'DEFLATE active' }
  },
}
