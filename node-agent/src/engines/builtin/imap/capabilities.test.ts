import { describe, expect, it } from 'vitest'
import { capabilities, extensions } from './capabilities.js'
import { commands } from './commands/table.js'

const session = { state: 'authenticated' as const, secure: true, maxMessageBytes: 1000, mechanisms: [] }

/** Each command of RFC 3501 section 6, and of nothing else. */
const base = [
  ...['CAPABILITY', 'NOOP', 'LOGOUT', 'STARTTLS', 'AUTHENTICATE', 'LOGIN', 'SELECT', 'EXAMINE', 'CREATE', 'DELETE'],
  ...['RENAME', 'SUBSCRIBE', 'UNSUBSCRIBE', 'LIST', 'LSUB', 'STATUS', 'APPEND', 'CHECK', 'CLOSE', 'EXPUNGE', 'SEARCH'],
  ...['FETCH', 'STORE', 'COPY', 'UID FETCH', 'UID STORE', 'UID COPY', 'UID SEARCH'],
]
/** Commands that each capability brings, as the RFC of each says. None: it only adds to commands of others. */
const brings: Record<string, string[]> = {
  ID: ['ID'],
  ENABLE: ['ENABLE'],
  NAMESPACE: ['NAMESPACE'],
  QUOTA: ['GETQUOTA', 'GETQUOTAROOT'],
  IDLE: ['IDLE'],
  NOTIFY: ['NOTIFY'],
  UNSELECT: ['UNSELECT'],
  UIDPLUS: ['UID EXPUNGE'],
  SORT: ['SORT', 'UID SORT'],
  'THREAD=ORDEREDSUBJECT': ['THREAD', 'UID THREAD'],
  ACL: ['SETACL', 'DELETEACL', 'GETACL', 'LISTRIGHTS', 'MYRIGHTS'],
  METADATA: ['GETMETADATA', 'SETMETADATA'],
  MOVE: ['MOVE', 'UID MOVE'],
  REPLACE: ['REPLACE', 'UID REPLACE'],
  'COMPRESS=DEFLATE': ['COMPRESS'],
}

describe('CAPABILITY', () => {
  it('and the command table tell of the same', () => {
    const named = capabilities(session).filter((name) => !name.startsWith('IMAP4rev') && !name.includes('APPENDLIMIT'))
    const promised = named.flatMap((name) => brings[name] ?? [])
    expect(named.filter((name) => !(name in brings) && !(name in extensions))).toEqual([])
    expect(commands.map(({ name }) => name).sort()).toEqual([...base, ...promised].sort())
  })

  it('names each capability once', () => {
    const named = capabilities(session)
    expect(new Set(named).size).toBe(named.length)
  })

  it('leaves each extension to a command that exists', () => {
    const names = commands.map(({ name }) => name)
    for (const command of Object.values(extensions)) expect(names).toContain(command)
  })

  it('offers signing in only where it is possible', () => {
    const offers = (state: 'notAuthenticated' | 'authenticated', secure: boolean) =>
      capabilities({ ...session, state, secure }).filter((name) => /^AUTH|STARTTLS|LOGINDISABLED/.test(name))
    expect(offers('notAuthenticated', false)).toEqual(['STARTTLS', 'LOGINDISABLED'])
    expect(offers('notAuthenticated', true)).toEqual(['AUTH=PLAIN'])
    expect(capabilities({ ...session, state: 'notAuthenticated', mechanisms: ['SCRAM-SHA-256'] })).toContain(
      'AUTH=SCRAM-SHA-256',
    )
    expect(offers('authenticated', true)).toEqual([])
  })
})
