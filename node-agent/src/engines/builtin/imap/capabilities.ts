/**
 * What CAPABILITY says: from the command table, and for what adds no command of its own, from the list below. A test holds
 * the two, and what commands do, to each other.
 */
import { commands } from './commands/table.js'
import type { Session } from './session.js'

/** Extensions of commands of RFC 3501, by the command that carries them out. */
export const extensions: Record<string, string> = {
  'SASL-IR': 'AUTHENTICATE',
  'LITERAL+': 'APPEND',
  MULTIAPPEND: 'APPEND',
  CHILDREN: 'LIST',
  'LIST-EXTENDED': 'LIST',
  'LIST-STATUS': 'LIST',
  'LIST-METADATA': 'LIST',
  'SPECIAL-USE': 'LIST',
  'CREATE-SPECIAL-USE': 'CREATE',
  'STATUS=SIZE': 'STATUS',
  'RIGHTS=texk': 'SETACL',
  'QUOTA=RES-STORAGE': 'GETQUOTA',
  CONDSTORE: 'FETCH',
  QRESYNC: 'SELECT',
  'UTF8=ACCEPT': 'ENABLE',
  ESEARCH: 'SEARCH',
  SEARCHRES: 'SEARCH',
  INPROGRESS: 'SEARCH',
  WITHIN: 'SEARCH',
  OBJECTID: 'FETCH',
  SAVEDATE: 'FETCH',
  BINARY: 'FETCH',
  PREVIEW: 'FETCH',
  'SORT=DISPLAY': 'SORT',
  'THREAD=REFERENCES': 'THREAD',
}

const announced = [...new Set(commands.flatMap(({ capability }) => capability ?? []))].filter(
  (name) => name !== 'STARTTLS',
)

/** All of them at any time but those on signing in, so that a client knows before it does. */
export function capabilities(session: Pick<Session, 'state' | 'secure' | 'maxMessageBytes' | 'mechanisms'>): string[] {
  const signIn =
    session.state !== 'notAuthenticated'
      ? []
      : session.secure
        ? ['PLAIN', ...session.mechanisms].map((name) => `AUTH=${name}`)
        : ['STARTTLS', 'LOGINDISABLED']
  return [
    'IMAP4rev1',
    'IMAP4rev2',
    ...signIn,
    ...announced,
    ...Object.keys(extensions),
    `APPENDLIMIT=${session.maxMessageBytes}`,
  ]
}
