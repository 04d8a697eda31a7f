/** ID (RFC 2971). What the client says of itself is not kept. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import { anyState, type CommandEntry } from './command-entry.js'

/** RFC 2971 section 3.3. */
const maxPairs = 30
const maxField = 30
const maxValue = 1024

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
  const fields = args.list(() => {
    const field = args.string()
    args.space()
    const value = args.nstring()
    if (field.length > maxField || (value?.length ?? 0) > maxValue) throw bad('The parameter is too long')
    return field.toString('latin1').toLowerCase()
  })
  if (fields.length > maxPairs) throw bad('Too many parameters')
  if (new Set(fields).size < fields.length) throw bad('A field is there twice')
}
