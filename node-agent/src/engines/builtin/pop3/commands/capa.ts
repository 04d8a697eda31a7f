/** CAPA (RFC 2449 section 5). */
import { capabilities } from '../capabilities.js'
import { lines, ok, type Reply } from '../reply.js'
import type { Session } from '../session.js'

export const capa = (session: Session): Reply => ok('Capabilities follow', lines(capabilities(session)))
