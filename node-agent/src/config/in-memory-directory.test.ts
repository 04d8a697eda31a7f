import { expect, it } from 'vitest'
import type { ConfigChange, ConfigResource } from '@mailfleet/schema'
import { configKey } from '@mailfleet/schema'
import { InMemoryDirectory } from './in-memory-directory.js'

const mailbox = (id: string, address: string): ConfigResource => ({
  kind: 'Mailbox',
  id,
  domainId: 'd',
  address,
  displayName: '',
  status: 'ACTIVE',
  passwordHash: '',
  quotaBytes: null,
  members: [],
})
const put = (resource: ConfigResource): ConfigChange => ({ key: configKey(resource), version: 1, resource })
const remove = (id: string): ConfigChange => ({ key: `Mailbox/${id}`, version: 2, resource: null })

it('refuses mail until it is configured', () => {
  const directory = new InMemoryDirectory('node.example')
  expect(directory.settings()).toMatchObject({ hostName: 'node.example', status: 'SUSPENDED' })
  expect(directory.configured).toBe(false)
})

it('finds the new owner of an address, whichever change comes first', () => {
  for (const order of [
    [remove('a'), put(mailbox('b', 'x@example.org'))],
    [put(mailbox('b', 'x@example.org')), remove('a')],
  ]) {
    const directory = new InMemoryDirectory('node.example')
    directory.apply([put(mailbox('a', 'x@example.org'))])
    for (const change of order) directory.apply([change])
    expect(directory.mailbox('x@example.org')?.id).toBe('b')
    directory.apply([remove('b')])
    expect(directory.mailbox('x@example.org')).toBeUndefined()
  }
})

it('gives an address back when the later of two owners goes', () => {
  const directory = new InMemoryDirectory('node.example')
  directory.apply([put(mailbox('a', 'x@example.org')), put(mailbox('b', 'x@example.org'))])
  directory.apply([remove('b')])
  expect(directory.mailbox('x@example.org')?.id).toBe('a')
})

it('swaps addresses within one batch, and tells of it once all is readable', () => {
  const directory = new InMemoryDirectory('node.example')
  directory.apply([put(mailbox('a', 'x@example.org')), put(mailbox('b', 'y@example.org'))])
  const seen: (string | undefined)[][] = []
  const unsubscribe = directory.onChange((changes) =>
    seen.push([String(changes.length), directory.mailbox('x@example.org')?.id, directory.mailbox('y@example.org')?.id]),
  )
  directory.apply([put(mailbox('a', 'y@example.org')), put(mailbox('b', 'x@example.org'))])
  unsubscribe()
  directory.apply([remove('a')])
  expect(seen).toEqual([['2', 'b', 'a']])
})

it('knows who shares a mailbox with whom, through changes of members and removals', () => {
  const directory = new InMemoryDirectory('node.example')
  const team = (...members: string[]): ConfigResource => ({
    ...(mailbox('team', 'team@example.org') as ConfigResource & { kind: 'Mailbox' }),
    members: members.map((mailboxId) => ({ mailboxId, rights: 'lr' })),
  })
  const sharedWith = (id: string): string[] => [...directory.sharedWith(id)].map(({ id }) => id)
  directory.apply([put(team('a', 'b')), put(mailbox('a', 'a@example.org'))])
  expect([sharedWith('a'), sharedWith('b'), sharedWith('c')]).toEqual([['team'], ['team'], []])
  directory.apply([put(team('c'))])
  expect([sharedWith('a'), sharedWith('c')]).toEqual([[], ['team']])
  directory.apply([remove('team')])
  expect(sharedWith('c')).toEqual([])
})
