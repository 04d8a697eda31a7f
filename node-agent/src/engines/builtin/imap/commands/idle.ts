/** IDLE (RFC 2177): tells of changes as they are committed, until the client says DONE. */
import { bad, Goodbye } from '../errors.js'
import { signedIn, type CommandEntry } from './command-entry.js'
import type { Session } from '../session.js'

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
    await watchUntilDone(session)
  },
}

async function watchUntilDone(session: Session): Promise<void> {
  const { selected } = session
  let wake: () => void = () => undefined
  let ended = false
  const end = (): void => {
    ended = true
    wake()
  }
  const line = session.readLine(64)
  line.then(end, end)
  if (selected) selected.onStale = () => wake()
  try {
    while (!ended) {
      if (selected?.isStale) {
        await session.sendUpdates(true, false)
        await session.out.flush()
      } else {
        await new Promise<void>((resolve) => (wake = resolve))
      }
    }
  } finally {
    if (selected) selected.onStale = null
  }
  const answer = await line
  if (answer === null) throw new Goodbye('Connection ended')
  if (answer.toString('latin1').toUpperCase() !== 'DONE') throw bad('Expected DONE')
}
