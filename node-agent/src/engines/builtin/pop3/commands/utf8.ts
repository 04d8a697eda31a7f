/**
 * UTF8 (RFC 6856 section 2.1). Names and passwords are read as UTF-8, and messages sent as they were stored, with it and without:
 * a client that never heard of it gets a message with UTF-8 in its header all the same, since one that is refused would
 * stay in its way for ever.
 */
import { ok, type Reply } from '../reply.js'

export const utf8 = (): Reply => ok('UTF-8 it is')
