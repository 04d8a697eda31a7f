import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { AliasResource, ConfigResource, DomainResource, ForwardResource, MailboxResource } from '@mailfleet/schema'
import { configKey } from '@mailfleet/schema'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { createRouter } from './create-router.js'
import { maxDestinations } from './expansion.js'
import type { Resolution } from './router.js'

const domain = (name: string, more: Partial<DomainResource> = {}): DomainResource => ({
  kind: 'Domain',
  id: `d-${name}`,
  tenantId: 't',
  name,
  status: 'ACTIVE',
  catchAll: null,
  tenantPath: [],
  receivesWhileSuspended: false,
  dkimKeys: [],
  ...more,
})
const mailbox = (address: string, more: Partial<MailboxResource> = {}): MailboxResource => ({
  kind: 'Mailbox',
  id: `m-${address}`,
  domainId: `d-${address.split('@')[1]}`,
  address,
  displayName: '',
  status: 'ACTIVE',
  passwordHash: '',
  quotaBytes: null,
  members: [],
  ...more,
})
const alias = (address: string, targets: string[], more: Partial<AliasResource> = {}): AliasResource => ({
  kind: 'Alias',
  id: `a-${address}`,
  domainId: `d-${address.split('@')[1]}`,
  address,
  status: 'ACTIVE',
  targets,
  ...more,
})
const forward = (of: string, targets: string[], more: Partial<ForwardResource> = {}): ForwardResource => ({
  kind: 'Forward',
  id: `f-${of}`,
  mailboxId: `m-${of}`,
  status: 'ACTIVE',
  targets,
  keepCopy: false,
  ...more,
})

function resolve(address: string, ...resources: ConfigResource[]): Resolution {
  const directory = new InMemoryDirectory('mx.test')
  directory.apply(resources.map((resource) => ({ key: configKey(resource), version: 1, resource })))
  return createRouter(directory).resolve(address)
}
const names = (resolution: Resolution): string[] =>
  resolution.type === 'local'
    ? resolution.destinations.map((to) => (to.type === 'mailbox' ? to.mailbox.address : `>${to.address}`)).sort()
    : [resolution.type]

const a = domain('a.test')
const table: [string, string, ConfigResource[], string[]][] = [
  ['a mailbox', 'u@a.test', [a, mailbox('u@a.test')], ['u@a.test']],
  ['a foreign domain', 'u@b.test', [a], ['foreign']],
  ['an unknown local part', 'x@a.test', [a, mailbox('u@a.test')], ['unknown']],
  ['a tag', 'u+x+y@a.test', [a, mailbox('u@a.test')], ['u@a.test']],
  ['a tagged address of its own', 'u+x@a.test', [a, mailbox('u@a.test'), mailbox('u+x@a.test')], ['u+x@a.test']],
  ['a tag on an alias', 's+x@a.test', [a, mailbox('u@a.test'), alias('s@a.test', ['u@a.test'])], ['u@a.test']],
  ['nothing before the plus', '+x@a.test', [a, mailbox('u@a.test')], ['unknown']],
  ['a catch-all', 'x@a.test', [domain('a.test', { catchAll: 'u@a.test' }), mailbox('u@a.test')], ['u@a.test']],
  [
    'a tag before the catch-all',
    'v+1@a.test',
    [domain('a.test', { catchAll: 'u@a.test' }), mailbox('u@a.test'), mailbox('v@a.test')],
    ['v@a.test'],
  ],
  ['a foreign catch-all', 'x@a.test', [domain('a.test', { catchAll: 'u@b.test' })], ['>u@b.test']],
  ['a catch-all to nothing', 'x@a.test', [domain('a.test', { catchAll: 'u@a.test' })], ['loop']],
  [
    'nested aliases',
    's@a.test',
    [
      a,
      mailbox('u@a.test'),
      mailbox('v@a.test'),
      alias('s@a.test', ['t@a.test', 'u@a.test']),
      alias('t@a.test', ['u@a.test', 'v@a.test', 'w@b.test']),
    ],
    ['>w@b.test', 'u@a.test', 'v@a.test'],
  ],
  ['an alias loop', 's@a.test', [a, alias('s@a.test', ['t@a.test']), alias('t@a.test', ['s@a.test'])], ['loop']],
  [
    'an alias loop beside a mailbox',
    's@a.test',
    [a, mailbox('u@a.test'), alias('s@a.test', ['t@a.test', 'u@a.test']), alias('t@a.test', ['s@a.test'])],
    ['u@a.test'],
  ],
  ['a forward', 'u@a.test', [a, mailbox('u@a.test'), forward('u@a.test', ['x@b.test'])], ['>x@b.test']],
  [
    'a forward with a copy',
    'u@a.test',
    [a, mailbox('u@a.test'), forward('u@a.test', ['x@b.test'], { keepCopy: true })],
    ['>x@b.test', 'u@a.test'],
  ],
  [
    'a forward to itself and away',
    'u@a.test',
    [a, mailbox('u@a.test'), forward('u@a.test', ['u@a.test', 'x@b.test'])],
    ['>x@b.test', 'u@a.test'],
  ],
  [
    'a suspended forward',
    'u@a.test',
    [a, mailbox('u@a.test'), forward('u@a.test', ['x@b.test'], { status: 'SUSPENDED' })],
    ['u@a.test'],
  ],
  [
    'two forwards in a ring',
    'u@a.test',
    [a, mailbox('u@a.test'), mailbox('v@a.test'), forward('u@a.test', ['v@a.test']), forward('v@a.test', ['u@a.test'])],
    ['loop'],
  ],
  ['a suspended domain', 'u@a.test', [domain('a.test', { status: 'SUSPENDED' }), mailbox('u@a.test')], ['suspended']],
  [
    'a suspended mailbox that still receives',
    'u@a.test',
    [a, mailbox('u@a.test', { status: 'SUSPENDED', receivesWhileSuspended: true })],
    ['u@a.test'],
  ],
  ['a deleted mailbox', 'u@a.test', [a, mailbox('u@a.test', { status: 'SUSPENDED', deleted: true })], ['unknown']],
  ['a suspended mailbox', 'u@a.test', [a, mailbox('u@a.test', { status: 'SUSPENDED' })], ['suspended']],
  [
    'a suspended alias',
    's@a.test',
    [a, mailbox('u@a.test'), alias('s@a.test', ['u@a.test'], { status: 'SUSPENDED' })],
    ['suspended'],
  ],
  [
    'a suspended target among others',
    's@a.test',
    [a, mailbox('u@a.test', { status: 'SUSPENDED' }), mailbox('v@a.test'), alias('s@a.test', ['u@a.test', 'v@a.test'])],
    ['v@a.test'],
  ],
  [
    'a target in a suspended domain',
    's@a.test',
    [a, domain('b.test', { status: 'SUSPENDED' }), mailbox('u@b.test'), alias('s@a.test', ['u@b.test'])],
    ['suspended'],
  ],
]

describe('router', () => {
  it.each(table)('%s: %s', (_name, address, resources, expected) => {
    expect(names(resolve(address, ...resources))).toEqual(expected)
  })

  it('names the domain that makes us relay', () => {
    const b = domain('b.test')
    const found = resolve('s@a.test', a, b, alias('s@a.test', ['t@b.test']), alias('t@b.test', ['x@c.test']))
    expect(found).toMatchObject({ domain: { id: 'd-a.test' }, destinations: [{ onBehalfOf: { id: 'd-b.test' } }] })
  })

  it('refuses an expansion that is too wide', () => {
    const wide = Array.from({ length: 11 }, (_, i) =>
      alias(
        `w${i}@a.test`,
        Array.from({ length: 100 }, (_, j) => `x${i}-${j}@b.test`),
      ),
    )
    const tree = alias(
      'all@a.test',
      wide.map((one) => one.address),
    )
    expect(resolve('all@a.test', a, tree, ...wide).type).toBe('loop')
    expect(names(resolve('all@a.test', a, { ...tree, targets: tree.targets.slice(0, 10) }, ...wide))).toHaveLength(
      maxDestinations,
    )
  })

  it('ends on every graph, without doubles, with live mailboxes only', () => {
    const local = fc.integer({ min: 0, max: 7 }).map((n) => `n${n}@a.test`)
    const target = fc.oneof(
      { weight: 5, arbitrary: local },
      { weight: 1, arbitrary: fc.constantFrom('x@b.test', 'y@b.test') },
    )
    const status = fc.constantFrom('ACTIVE' as const, 'SUSPENDED' as const)
    const targets = fc.uniqueArray(target, { minLength: 1, maxLength: 4 })
    const node = fc.oneof(
      fc.record({ kind: fc.constant('mailbox' as const), status }),
      fc.record({ kind: fc.constant('forward' as const), status, targets, keepCopy: fc.boolean() }),
      fc.record({ kind: fc.constant('alias' as const), status, targets }),
    )
    const graph = fc.tuple(fc.array(node, { maxLength: 8 }), fc.option(target))
    fc.assert(
      fc.property(graph, ([nodes, catchAll]) => {
        const resources = nodes.flatMap((one, i): ConfigResource[] => {
          const address = `n${i}@a.test`
          const { status } = one
          if (one.kind === 'mailbox') return [mailbox(address, { status })]
          if (one.kind === 'alias') return [alias(address, one.targets, { status })]
          return [mailbox(address), forward(address, one.targets, { status, keepCopy: one.keepCopy })]
        })
        const found = resolve('n0@a.test', domain('a.test', { catchAll }), ...resources)
        if (found.type !== 'local') return
        const list = names(found)
        expect(new Set(list).size).toBe(list.length)
        expect(list.length).toBeGreaterThan(0)
        for (const to of found.destinations) if (to.type === 'mailbox') expect(to.mailbox.status).toBe('ACTIVE')
        // Whatever is reachable over active steps and can hold mail is served: a plain model, breadth first.
        const reached = new Set<string>(),
          served = new Set<string>(),
          todo = ['n0@a.test']
        for (let address = todo.pop(); address !== undefined; address = todo.pop()) {
          if (reached.has(address)) continue
          reached.add(address)
          if (address.endsWith('@b.test')) {
            served.add(`>${address}`)
            continue
          }
          const one = nodes[Number(/\d/.exec(address)![0])]
          if (one === undefined) {
            if (catchAll !== null) todo.push(catchAll)
          } else if (one.kind === 'mailbox') {
            if (one.status === 'ACTIVE') served.add(address)
          } else if (one.kind === 'alias') {
            if (one.status === 'ACTIVE') todo.push(...one.targets)
          } else if (one.status === 'SUSPENDED') served.add(address)
          else {
            if (one.keepCopy || one.targets.includes(address)) served.add(address)
            todo.push(...one.targets)
          }
        }
        expect(list).toEqual([...served].sort())
      }),
      { numRuns: 500 },
    )
  })
})
