/** The commands (RFC 1939, 2449, 2595, 5034, 6856). */
import type { CommandEntry } from './command-entry.js'
import { authenticate } from './commands/auth.js'
import { capa } from './commands/capa.js'
import { list, stat, uidl } from './commands/listing.js'
import { dele, noop, rset } from './commands/marks.js'
import { quit } from './commands/quit.js'
import { retr, top } from './commands/retrieval.js'
import { startTls } from './commands/stls.js'
import { pass, user } from './commands/user-pass.js'
import { utf8 } from './commands/utf8.js'

const before: CommandEntry['states'] = ['AUTHORIZATION']
const within: CommandEntry['states'] = ['TRANSACTION']
const always: CommandEntry['states'] = ['AUTHORIZATION', 'TRANSACTION']

export const commandTable: CommandEntry[] = [
  { keyword: 'CAPA', states: always, arguments: [0, 0], handler: capa },
  { keyword: 'STLS', states: before, arguments: [0, 0], handler: startTls },
  { keyword: 'UTF8', states: before, arguments: [0, 0], handler: utf8 },
  { keyword: 'USER', states: before, arguments: [1, 1], needsTls: true, handler: user },
  { keyword: 'PASS', states: before, arguments: 'rest', needsTls: true, handler: pass },
  { keyword: 'AUTH', states: before, arguments: [1, 2], needsTls: true, handler: authenticate },
  { keyword: 'STAT', states: within, arguments: [0, 0], handler: stat },
  { keyword: 'LIST', states: within, arguments: [0, 1], handler: list },
  { keyword: 'UIDL', states: within, arguments: [0, 1], handler: uidl },
  { keyword: 'RETR', states: within, arguments: [1, 1], handler: retr },
  { keyword: 'TOP', states: within, arguments: [2, 2], handler: top },
  { keyword: 'DELE', states: within, arguments: [1, 1], handler: dele },
  { keyword: 'NOOP', states: within, arguments: [0, 0], handler: noop },
  { keyword: 'RSET', states: within, arguments: [0, 0], handler: rset },
  { keyword: 'QUIT', states: always, arguments: [0, 0], handler: quit },
]

const byKeyword = new Map(commandTable.map((entry) => [entry.keyword, entry]))

/** Keywords compare without case. */
export const findCommand = (keyword: string): CommandEntry | undefined => byKeyword.get(keyword.toUpperCase())
