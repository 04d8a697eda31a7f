/** NOTIFY (RFC 5465): what the session is told of from here on, without having to ask, in the place of what it was told before. */
import { readNotifyArguments } from '../notify/event-groups.js'
import { Notifier } from '../notify/notifier.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const notify: CommandEntry = {
  name: 'NOTIFY',
  states: signedIn,
  capability: 'NOTIFY',
  refreshes: true,
  async handler(session, args) {
    const { status, groups } = readNotifyArguments(args)
    // What the former groups asked for is told by them.
    await session.sendUpdates(true, true)
    const notifier = await Notifier.start(session, groups)
    session.notifier?.close()
    session.notifier = notifier
    if (status) await notifier.writeStatuses()
  },
}
