/** Logic of the pages that needs no page. */
import { describe, expect, test } from 'vitest'
import { offeredRoles } from './administrators/roles.ts'
import { zoneFile, zoneLine } from './domains/zone-file.ts'
import { eventTypes, mailEventFilter } from './message-log/log-filter.ts'
import { inTimelineOrder } from './message-log/timeline.ts'
import { healthOf, joinCommand, syncOf } from './nodes/node-state.ts'
import { fromDraft, routeError, toDraft } from './nodes/route-draft.ts'
import { safeNext } from './sign-in/safe-next.ts'

describe('where a fresh session is led', () => {
  test.each(['/domains?q=x', '/', '/nodes/1#a'])('%s', (path) => expect(safeNext(path)).toBe(path))
  test.each([
    '//evil.example',
    '/\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    undefined,
    ['/a'],
    '/sign-in?next=/',
  ])('not to %j', (path) => expect(safeNext(path)).toBe('/'))
})

describe('the zone file', () => {
  test('has absolute names, priorities and quoted texts', () => {
    const mx = { type: 'MX', name: 'a.example', value: 'mx1.b.example.', priority: 10, ttl: 3_600 }
    expect(zoneLine(mx)).toBe('a.example.\t3600\tIN\tMX\t10 mx1.b.example.')
    const srv = { type: 'SRV', name: '_imaps._tcp.a.example', value: '1 993 mx1.b.example', priority: 0, ttl: 60 }
    expect(zoneLine(srv)).toBe('_imaps._tcp.a.example.\t60\tIN\tSRV\t0 1 993 mx1.b.example.')
    const spf = { type: 'TXT', name: 'a.example.', value: 'v=spf1 -all', priority: null, ttl: 60 }
    expect(zoneFile([mx, spf]).split('\n')[1]).toBe('a.example.\t60\tIN\tTXT\t"v=spf1 -all"')
  })

  test('splits long texts, and escapes what would end them', () => {
    const line = (value: string) => zoneLine({ type: 'TXT', name: 'a', value, priority: null, ttl: 1 }).split('\t')[4]
    expect(line('x'.repeat(300))).toBe(`"${'x'.repeat(255)}" "${'x'.repeat(45)}"`)
    expect(line('say "a\\b"')).toBe('"say \\"a\\\\b\\""')
  })
})

describe('the filter of the message log', () => {
  const from = (query: Record<string, string>, now = 0) => mailEventFilter((name) => query[name] ?? '', now)
  const now = Date.UTC(2026, 10, 24, 12)

  test('leaves out what is not asked', () => {
    expect(Object.values(from({})).every((value) => value === undefined)).toBe(true)
  })

  test('counts ranges back from when they were chosen', () => {
    expect(from({ range: 'hour' }, now).since).toBe('2026-11-24T11:00:00.000Z')
    expect(from({ range: 'month' }, now).since).toBe('2026-10-25T12:00:00.000Z')
    expect(from({ since: '2026-11-24T08:00' }, now).since).toBeUndefined()
    expect(from({ range: 'custom', since: '2026-11-24T08:00', until: 'x' }, now)).toMatchObject({
      since: new Date('2026-11-24T08:00').toISOString(),
      until: undefined,
    })
  })

  test('believes nothing that the address bar says', () => {
    expect(from({ type: 'DROP', direction: '__proto__', range: 'constructor' }, now)).toMatchObject({
      types: undefined,
      direction: undefined,
      since: undefined,
    })
    expect(from({ type: 'BOUNCED', sender: ' a@b.example ' })).toMatchObject({
      types: ['BOUNCED'],
      sender: 'a@b.example',
    })
    expect(eventTypes.length).toBe(11)
  })
})

test('a timeline begins with accepting, though storing came first by milliseconds', () => {
  const event = (type: 'ACCEPTED' | 'DELIVERED' | 'QUEUED' | 'RELAYED' | 'DEFERRED', at: string) => ({ type, at })
  const events = [
    event('RELAYED', '2026-11-24T12:05:00.000Z'),
    event('DEFERRED', '2026-11-24T12:00:00.900Z'),
    event('ACCEPTED', '2026-11-24T12:00:00.120Z'),
    event('DELIVERED', '2026-11-24T12:00:00.100Z'),
    event('QUEUED', '2026-11-24T12:00:00.110Z'),
  ]
  expect(inTimelineOrder(events).map(({ type }) => type)).toEqual([
    'ACCEPTED',
    'QUEUED',
    'DEFERRED',
    'DELIVERED',
    'RELAYED',
  ])
})

describe('a node', () => {
  const online = {
    state: 'ONLINE',
    healthy: true,
    desiredRevision: 9,
    acknowledgedRevision: 9,
    runningRevision: 9,
  } as const

  test('is in sync when it has acknowledged and runs the newest revision', () => {
    expect(syncOf(online)).toEqual({ kind: 'inSync' })
    expect(syncOf({ ...online, runningRevision: 7 })).toEqual({ kind: 'behind', count: 2 })
    expect(syncOf({ ...online, acknowledgedRevision: 4 })).toEqual({ kind: 'behind', count: 5 })
    expect(syncOf({ ...online, state: 'NEVER_CONNECTED', acknowledgedRevision: 0 })).toEqual({ kind: 'waiting' })
  })

  test('is well only while it is there to say so', () => {
    expect(healthOf(online)).toBe('healthy')
    expect(healthOf({ ...online, healthy: false })).toBe('unhealthy')
    expect(healthOf({ ...online, state: 'OFFLINE' })).toBe('unknown')
    expect(healthOf({ ...online, healthy: null })).toBe('unknown')
  })

  test('is joined by a command that a shell takes as one', () => {
    const command = joinCommand('https://mail.example', 'abc')
    expect(command.replaceAll('\\\n', '')).toBe(
      'MAILFLEET_CONTROL_PLANE_URL=https://mail.example MAILFLEET_JOIN_TOKEN=abc MAILFLEET_NODE_DATA=/var/lib/mailfleet node node-agent/dist/main.js',
    )
  })

  test('has routes that are checked before they are sent', () => {
    const route = { domain: '*', host: 'smarthost.example', port: 587, tls: 'REQUIRED' } as const
    expect(fromDraft(toDraft(route))).toEqual(route)
    expect(routeError(toDraft(route))).toBeUndefined()
    expect(routeError({ ...toDraft(route), domain: 'everything' })).toBe('domain')
    expect(routeError({ ...toDraft(route), host: '' })).toBe('host')
    expect(routeError({ ...toDraft(route), port: '0' })).toBe('port')
  })
})

test('nobody hands out a role above the own, or one that does not fit a tenant', () => {
  expect(offeredRoles('CUSTOMER_ADMIN', undefined)).toEqual(['CUSTOMER_ADMIN', 'SUPPORT'])
  expect(offeredRoles('RESELLER', 'CUSTOMER')).toEqual(['CUSTOMER_ADMIN', 'SUPPORT'])
  expect(offeredRoles('PLATFORM_ADMIN', 'RESELLER')).toEqual(['RESELLER', 'SUPPORT'])
})
