/** IDLE (RFC 2177): tells of changes as they are committed, until the client says DONE. */
import { bad, Goodbye } from '../errors.js'
import { tellUntil } from '../notify/tell-until.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const idle: CommandEntry = {
  name: 'IDLE',
  states: signedIn,
  capability: 'IDLE',
  refreshes: true,
  async handler(session, args) {
    args.end()
    session.out.line('+ idling')
    await session.sendUpdates(true, true)
    await session.out.flush()
    const line = session.readLine(64)
    await tellUntil(session, line, true)
    const answer = await line
    if (answer === null) throw new Goodbye('Connection ended')
    if (answer.toString('latin1').toUpperCase() !== 'DONE') throw bad('Expected DONE')
  },
}
