/** ID (RFC 2971). What the client says of itself is not kept. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import { anyState, type CommandEntry } from './command-entry.js'

/** RFC 2971 section 3.3. */
const maxPairs = 30

export const id: CommandEntry = {
  name: 'ID',
  states: anyState,
  capability: 'ID',
  async handler(session, args) {
    args.space()
    readParameters(args)
    args.end()
    session.out.line('* ID ("name" "Mailfleet")')
  },
}

function readParameters(args: ArgumentCursor): void {
  if (args.peek() !== '(') {
    if (args.keyword() !== 'NIL') throw bad('Expected a parameter list or NIL')
    return
  }
  const pairs = args.list(() => {
    args.string()
    args.space()
    return args.nstring()
  })
  if (pairs.length > maxPairs) throw bad('Too many parameters')
}
