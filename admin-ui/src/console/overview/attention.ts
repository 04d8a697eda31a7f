/** What of the answer needs somebody, the most urgent first, each with where to go. Texts are `attention.<kind>`. */
import type { RouteLocationRaw } from 'vue-router'
import type { Attention } from './attention.queries.ts'

export interface AttentionItem {
  id: string
  kind: 'away' | 'unhealthy' | 'refused' | 'queue' | 'drift' | 'job' | 'budget' | 'nearEnd' | 'unproven' | 'more'
  tone: 'bad' | 'warn' | 'info'
  /** For the text. */
  named: Record<string, string | number>
  at?: string | null
  to: RouteLocationRaw
}

/** So many messages that wait in one node's queue are worth a look. */
const longQueue = 1_000
/** What failed is old news after so long. */
const newsDays = 7
/** From this share on a budget is said to be near its end. */
const nearEnd = 0.9

export function attentionItems(answer: Attention, now = Date.now()): AttentionItem[] {
  const { away, online, drift, jobs, own, notices, unproven } = answer
  const isNews = (at: string) => now - new Date(at).getTime() < newsDays * 86_400_000
  const nodeItems = (online?.nodes ?? []).flatMap((node): AttentionItem[] => {
    const item = { named: { name: node.name }, at: node.lastSeenAt, to: { name: 'node', params: { id: node.id } } }
    return [
      ...(node.healthy === false
        ? [
            {
              ...item,
              id: `unhealthy ${node.id}`,
              kind: 'unhealthy' as const,
              tone: 'bad' as const,
              named: { name: node.name, problem: node.problems[0] ?? '' },
            },
          ]
        : []),
      ...(node.rejections.length > 0
        ? [
            {
              ...item,
              id: `refused ${node.id}`,
              kind: 'refused' as const,
              tone: 'bad' as const,
              named: { name: node.name, count: node.rejections.length },
            },
          ]
        : []),
      ...(node.queuedMessages >= longQueue
        ? [
            {
              ...item,
              id: `queue ${node.id}`,
              kind: 'queue' as const,
              tone: 'warn' as const,
              named: { name: node.name, count: node.queuedMessages },
            },
          ]
        : []),
    ]
  })
  return [
    ...(away?.nodes ?? []).map((node) => ({
      id: `away ${node.id}`,
      kind: 'away' as const,
      tone: 'bad' as const,
      named: { name: node.name },
      at: node.lastSeenAt,
      to: { name: 'node', params: { id: node.id } },
    })),
    ...more(away, { name: 'nodes', query: { state: 'OFFLINE' } }),
    ...nodeItems,
    ...(drift?.nodes ?? []).map((alert) => ({
      id: alert.id,
      kind: 'drift' as const,
      tone: 'bad' as const,
      named: { name: alert.domain.displayName, purpose: alert.purpose },
      at: alert.openedAt,
      to: { name: 'domain', params: { id: alert.domain.id } },
    })),
    ...more(drift, { name: 'domains' }),
    ...(jobs?.nodes ?? [])
      .filter(({ updatedAt }) => isNews(updatedAt))
      .map((job) => ({
        id: job.id,
        kind: 'job' as const,
        tone: 'warn' as const,
        named: { operation: job.operation },
        at: job.updatedAt,
        to: { name: 'job', params: { id: job.id } },
      })),
    ...usedUp(own),
    ...(notices?.nodes ?? [])
      .filter(({ createdAt }) => isNews(createdAt))
      .map((notice) => ({
        id: notice.id,
        kind: 'budget' as const,
        tone: 'warn' as const,
        named: { name: notice.tenant.name, resource: notice.resource },
        at: notice.createdAt,
        to: { name: 'tenants', params: { id: notice.tenant.id } },
      })),
    ...(unproven && unproven.totalCount > 0
      ? [
          {
            id: 'unproven',
            kind: 'unproven' as const,
            tone: 'info' as const,
            named: { count: unproven.totalCount },
            to: { name: 'domains', query: { state: 'PENDING_OWNERSHIP' } },
          },
        ]
      : []),
  ]
}

function more(list: { nodes: unknown[]; totalCount: number } | undefined, to: RouteLocationRaw): AttentionItem[] {
  const count = (list?.totalCount ?? 0) - (list?.nodes.length ?? 0)
  return count > 0 ? [{ id: `more ${JSON.stringify(to)}`, kind: 'more', tone: 'info', named: { count }, to }] : []
}

/** Of the viewer's own tenant: what those above allotted is nearly used. */
function usedUp(own: Attention['own']): AttentionItem[] {
  if (!own?.budget) return []
  const { domains, mailboxes, storage, sendsPerDay } = own.budget
  const lines = { DOMAINS: domains, MAILBOXES: mailboxes, STORAGE: storage, SENDS_PER_DAY: sendsPerDay }
  return Object.entries(lines)
    .filter(([, { allotted, used }]) => allotted !== null && allotted > 0 && used >= allotted * nearEnd)
    .map(([resource, { allotted, used }]) => ({
      id: `used ${resource}`,
      kind: 'nearEnd' as const,
      tone: 'warn' as const,
      named: { resource, percent: Math.floor((used / allotted!) * 100) },
      to: { name: 'tenants', params: { id: own.id } },
    }))
}
