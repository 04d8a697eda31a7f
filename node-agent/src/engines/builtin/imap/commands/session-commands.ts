/** Commands of any state that are no more than a line or two: CAPABILITY, NOOP, CHECK, LOGOUT, ENABLE, UNSELECT. */
import { utf8Names } from '../codec/mailbox-names.js'
import { bad } from '../errors.js'
import { anyState, selectedOnly, signedIn, type CommandEntry } from './command-entry.js'

export const capability: CommandEntry = {
  name: 'CAPABILITY',
  states: anyState,
  async handler(session, args) {
    args.end()
    session.out.line(`* CAPABILITY ${session.capabilities}`)
  },
}

export const noop: CommandEntry = {
  name: 'NOOP',
  states: anyState,
  refreshes: true,
  async handler(_session, args) {
    args.end()
  },
}

/** What it would flush is durable already. */
export const check: CommandEntry = {
  name: 'CHECK',
  states: selectedOnly,
  refreshes: true,
  async handler(_session, args) {
    args.end()
  },
}

export const logout: CommandEntry = {
  name: 'LOGOUT',
  states: anyState,
  async handler(session, args) {
    args.end()
    session.unselect()
    session.sayGoodbye('Logging out')
    session.ending = true
  },
}

/** RFC 5161. Unknown names are passed over, as it demands. */
export const enable: CommandEntry = {
  name: 'ENABLE',
  states: signedIn,
  capability: 'ENABLE',
  async handler(session, args) {
    const names: string[] = []
    while (args.take(' ')) names.push(args.keyword())
    if (names.length === 0) throw bad('Expected a capability')
    args.end()
    const enabled = ['CONDSTORE', 'QRESYNC', 'UTF8=ACCEPT', 'IMAP4REV2'].filter((name) => names.includes(name))
    if (enabled.includes('CONDSTORE') || enabled.includes('QRESYNC')) session.enableCondStore()
    if (enabled.includes('UTF8=ACCEPT')) session.names = utf8Names
    if (enabled.includes('IMAP4REV2')) session.enableRev2()
    session.quickResync ||= enabled.includes('QRESYNC')
    session.out.line(['* ENABLED', ...enabled].join(' ').replace('IMAP4REV2', 'IMAP4rev2'))
  },
}

/** RFC 3691: CLOSE without its expunge. */
export const unselect: CommandEntry = {
  name: 'UNSELECT',
  states: selectedOnly,
  capability: 'UNSELECT',
  async handler(session, args) {
    args.end()
    session.unselect()
  },
}
