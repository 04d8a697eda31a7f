/**
 * Shares each budget of messages a day out among the nodes that serve its tenant, so that a node need not ask for each message.
 *
 * A node counts by itself, durably, and never takes more than its share. All shares together are no more than the budget: so the
 * budget is never overshot, but by what was under way when it was changed or a node was added, and by one message a node where there
 * are more nodes than messages. The price is at the other end: a node may refuse, for the seconds until it is given more, while others have some left.
 *
 * A node gets more when it has used half of what it has, and then a part of what nobody has yet: so a budget of a million is some
 * tens of changes a day for each node, and one that is used evenly or not at all is none. At midnight (UTC) a node goes on by itself
 * with `nextDays`.
 */
import type { EntityManager } from 'typeorm'
import { recordChanges } from '../changes/index.js'
import type { Database } from '../platform/database.js'
import { newId } from '../platform/ids.js'
import { sweepSends } from './count-sends.js'

/** One number for all replicas; of no other meaning. */
const sharesLock = 7_203_017

export interface Share {
  id: string
  mailNodeId: string
  granted: number
  nextDays: number
  /** Of the budget that it is a share of: another one now is another division. */
  allotted: number
  /** `YYYY-MM-DD`. */
  day: string
}

export interface SharedBudget {
  allotted: number
  today: string
  /** Nodes that serve a domain of the tenant or below it, and what they have told of today. */
  nodes: { mailNodeId: string; used: number }[]
  /** Sent today by nodes that serve it no more. */
  usedElsewhere: number
  shares: readonly Share[]
}

/** What a node gets of what is left: all of it where it is the only one, else so much that others can get as much twice. */
const partOf = (left: number, nodes: number): number => (nodes === 1 ? left : Math.ceil(left / (2 * nodes)))

/** What each node begins a day with. A budget that is smaller than there are nodes gives each one message, or none could send. */
const firstShare = (allotted: number, nodes: number): number =>
  nodes === 1 ? allotted : Math.min(allotted, Math.max(1, Math.floor(allotted / (2 * nodes))))

/** The shares as they ought to be; what stays is the same object. */
export function divide(budget: SharedBudget, idOf: () => string = newId): Share[] {
  const { allotted, today, nodes, usedElsewhere, shares } = budget
  const first = firstShare(allotted, nodes.length)
  const heldBy = (mailNodeId: string): Share | undefined => shares.find((share) => share.mailNodeId === mailNodeId)
  // Another budget, or a node more: each has what it has used, and its part of the rest anew.
  const anew = nodes.some(({ mailNodeId }) => heldBy(mailNodeId)?.allotted !== allotted)
  const current = nodes.map(({ mailNodeId, used }) => {
    const held = heldBy(mailNodeId)
    // On a day that began without a word from us a node has what it was told for such days.
    const granted = anew || !held ? used : held.day === today ? held.granted : held.nextDays
    return { mailNodeId, used, held, granted }
  })
  let left = allotted - usedElsewhere - current.reduce((sum, { granted }) => sum + granted, 0)
  return current.map(({ mailNodeId, used, held, granted }) => {
    const wanted = anew ? first : 2 * used >= granted ? partOf(Math.max(0, left), nodes.length) : 0
    // One that has nothing could never show that it wants some.
    const atLeast = anew && granted === 0 ? Math.min(1, first) : 0
    const more = Math.max(atLeast, Math.min(wanted, left), 0)
    left -= more
    if (held && !anew && more === 0 && held.nextDays === first) return held
    return { id: held?.id ?? idOf(), mailNodeId, granted: granted + more, nextDays: first, allotted, day: today }
  })
}

/** Brings the shares of all budgets up to date. False where another replica is at it. */
export async function shareSends(database: Database): Promise<boolean> {
  return database.transaction(async (manager) => {
    const [lock] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS mine', [sharesLock])
    if (!lock.mine) return false
    await sweepSends(manager)
    await endShares(manager)
    const changed: TenantShare[] = []
    for (const [tenantId, budget] of await readBudgets(manager)) {
      const fresh = divide(budget).filter((share) => !budget.shares.includes(share))
      changed.push(...fresh.map((share) => ({ ...share, tenantId })))
    }
    for (let start = 0; start < changed.length; start += sharesAtOnce) {
      await keep(manager, changed.slice(start, start + sharesAtOnce))
    }
    return true
  })
}

type TenantShare = Share & { tenantId: string }

/** In one statement: on a first round, or when a node joins, it is all of them. */
const sharesAtOnce = 1_000

async function keep(manager: EntityManager, shares: readonly TenantShare[]): Promise<void> {
  const column = <K extends keyof TenantShare>(name: K) => shares.map((share) => share[name])
  await manager.query(
    `INSERT INTO send_share (id, tenant_id, mail_node_id, day, granted, next_days, allotted)
     SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[], $5::bigint[], $6::bigint[], $7::bigint[])
     ON CONFLICT (tenant_id, mail_node_id) DO UPDATE SET day = excluded.day, granted = excluded.granted,
       next_days = excluded.next_days, allotted = excluded.allotted`,
    [
      column('id'),
      column('tenantId'),
      column('mailNodeId'),
      column('day'),
      column('granted'),
      column('nextDays'),
      column('allotted'),
    ],
  )
  await recordChanges(
    manager,
    shares.map(({ id, mailNodeId }) => ({ kind: 'SendBudget' as const, id, mailNodeId })),
  )
}

/** Each tenant and those above it, from its path, whose labels are their ids: no look at the tree for each budget. */
const upwards = `CROSS JOIN LATERAL unnest(string_to_array(below.path::text, '.')::uuid[]) AS above (id)`

const served = `
  SELECT DISTINCT budget.tenant_id, budget.allotted, placed.mail_node_id
  FROM (SELECT DISTINCT tenant_id, mail_node_id FROM domain WHERE mail_node_id IS NOT NULL AND proof IS NOT NULL) AS placed
  JOIN tenant AS below ON below.id = placed.tenant_id ${upwards}
  JOIN budget ON budget.tenant_id = above.id AND budget.resource = 'SENDS_PER_DAY'`

/** Of budgets that are gone, and of nodes that serve nothing of their tenant any more. */
async function endShares(manager: EntityManager): Promise<void> {
  const [gone]: [{ id: string; mail_node_id: string }[]] = await manager.query(
    `DELETE FROM send_share USING (
       SELECT send_share.id FROM send_share LEFT JOIN (${served}) AS served
         ON served.tenant_id = send_share.tenant_id AND served.mail_node_id = send_share.mail_node_id
       WHERE served.tenant_id IS NULL) AS gone
     WHERE send_share.id = gone.id RETURNING send_share.id, send_share.mail_node_id`,
  )
  await recordChanges(
    manager,
    gone.map(({ id, mail_node_id }) => ({ kind: 'SendBudget' as const, id, mailNodeId: mail_node_id })),
  )
}

interface BudgetRow {
  tenant_id: string
  allotted: string
  today: string
  mail_node_id: string
  used: string
  used_in_all: string
  share: Omit<Share, 'mailNodeId'> | null
}

async function readBudgets(manager: EntityManager): Promise<Map<string, SharedBudget>> {
  const rows: BudgetRow[] = await manager.query(
    `WITH served AS (${served}), today AS (SELECT (now() AT TIME ZONE 'UTC')::date AS day), sent AS (
       SELECT above.id AS tenant_id, sent.mail_node_id, sum(sent.messages) AS messages
       FROM sent_in_day AS sent JOIN today ON today.day = sent.day JOIN tenant AS below ON below.id = sent.tenant_id ${upwards}
       GROUP BY above.id, sent.mail_node_id
     ), sent_in_all AS (SELECT tenant_id, sum(messages) AS messages FROM sent GROUP BY tenant_id)
     SELECT served.tenant_id, served.allotted, today.day::text AS today, served.mail_node_id,
       coalesce(sent.messages, 0) AS used, coalesce(sent_in_all.messages, 0) AS used_in_all,
       CASE WHEN share.id IS NOT NULL THEN jsonb_build_object('id', share.id, 'granted', share.granted,
         'nextDays', share.next_days, 'allotted', share.allotted, 'day', share.day) END AS share
     FROM served CROSS JOIN today
     LEFT JOIN sent ON sent.tenant_id = served.tenant_id AND sent.mail_node_id = served.mail_node_id
     LEFT JOIN sent_in_all ON sent_in_all.tenant_id = served.tenant_id
     LEFT JOIN send_share AS share
       ON share.tenant_id = served.tenant_id AND share.mail_node_id = served.mail_node_id
     ORDER BY served.tenant_id, served.mail_node_id`,
  )
  const budgets = new Map<string, SharedBudget & { shares: Share[] }>()
  for (const { tenant_id, allotted, today, mail_node_id: mailNodeId, used, used_in_all, share } of rows) {
    const usedElsewhere = Number(used_in_all)
    const budget = budgets.get(tenant_id) ?? { allotted: Number(allotted), today, nodes: [], usedElsewhere, shares: [] }
    budgets.set(tenant_id, budget)
    budget.nodes.push({ mailNodeId, used: Number(used) })
    budget.usedElsewhere -= Number(used)
    if (share) budget.shares.push({ ...share, mailNodeId })
  }
  return budgets
}
