import { expect, test } from 'vitest'
import { attentionItems } from './attention.ts'

const now = Date.UTC(2026, 10, 24)
const at = new Date(now - 3_600_000).toISOString()
const node = { id: 'n', name: 'fra-1', healthy: true, problems: [], queuedMessages: 0, lastSeenAt: at, rejections: [] }
const kinds = (answer: Parameters<typeof attentionItems>[0]) => attentionItems(answer, now).map(({ kind }) => kind)

test('nothing needs anybody where all is well, or nothing may be read', () => {
  expect(kinds({})).toEqual([])
  expect(
    kinds({
      drift: { nodes: [], totalCount: 0 },
      unproven: { totalCount: 0 },
      jobs: { nodes: [], totalCount: 0 },
      away: { nodes: [], totalCount: 0 },
      online: { nodes: [node] },
      notices: { nodes: [] },
    }),
  ).toEqual([])
})

test('the most urgent comes first, and says how much is left out', () => {
  const domain = { id: 'd', displayName: 'a.example' }
  const notice = { id: 'b', kind: 'OVERSOLD', resource: 'DOMAINS', tenant: { id: 't', name: 'Nordwind' } } as const
  const items = attentionItems(
    {
      away: { nodes: [{ id: 'x', name: 'han-1', lastSeenAt: null }], totalCount: 3 },
      online: {
        nodes: [
          { ...node, healthy: false, problems: ['disk'], queuedMessages: 5_000, rejections: [{ resourceId: 'k' }] },
        ],
      },
      drift: { nodes: [{ id: 'a', purpose: 'MX', openedAt: at, domain }], totalCount: 1 },
      unproven: { totalCount: 2 },
      own: {
        id: 't',
        name: 'Us',
        budget: {
          domains: { allotted: 10, used: 9 },
          mailboxes: { allotted: null, used: 5 },
          storage: { allotted: 100, used: 10 },
          sendsPerDay: { allotted: 0, used: 0 },
        },
      },
      jobs: { nodes: [{ id: 'j', operation: 'startImport', updatedAt: at }], totalCount: 1 },
      notices: {
        nodes: [
          { ...notice, createdAt: at },
          { ...notice, id: 'old', createdAt: new Date(now - 30 * 86_400_000).toISOString() },
        ],
      },
    },
    now,
  )
  expect(items.map(({ kind }) => kind)).toEqual([
    'away',
    'more',
    'unhealthy',
    'refused',
    'queue',
    'drift',
    'job',
    'nearEnd',
    'budget',
    'unproven',
  ])
  expect(items[1]!.named).toEqual({ count: 2 })
  expect(new Set(items.map(({ id }) => id)).size).toBe(items.length)
})
