/** Reads of rollouts, newest first. What is of nodes, names and numbers, is of whoever may see nodes. */
import { accessible, may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { visibleMailNode } from '../nodes/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { visibleTenant, withinCondition } from '../tenants/index.js'
import type { RolloutStrategySettings } from '../staging/index.js'
import { readGates, type GateReading } from './gates.js'
import { observe, type ObservedNode } from './observe.js'
import type {
  Rollout,
  RolloutGate,
  RolloutNode,
  RolloutsArguments,
  RolloutStrategy,
  TenantRolloutStrategy,
} from './rollout.types.js'

export const strategyShown = (settings: RolloutStrategySettings): RolloutStrategy => ({
  ...settings,
  waves: settings.waves.map(({ percent = null, mailNodeIds = null }) => ({ percent, mailNodeIds })),
})

const columns = {
  id: { sql: 'rollout.id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} as const

const newestFirst = {
  name: 'rollout.createdAt',
  sql: 'rollout.created_at',
  type: 'timestamptz',
  direction: 'DESC',
} as const

export interface RolloutRow extends Omit<Rollout, 'strategy' | 'finding'> {
  path: string
  settings: RolloutStrategySettings
  findings: GateReading[] | null
}

const rowById = defineLoader<AdminContext, string, RolloutRow | null>(async ({ database }, ids) => {
  const rows = await database.query<RolloutRow>(
    `SELECT rollout.id, rollout.version, tenant_id AS "tenantId", rollout.kind, resource_id AS "resourceId", label, state, wave,
       (SELECT coalesce(max(wave), -1) + 1 FROM rollout_node WHERE rollout_id = rollout.id) AS "waveCount",
       baking_since AS "bakingSince", author, superseded_by AS "supersededById", rollout.created_at AS "createdAt",
       finished_at AS "finishedAt", strategy AS settings, finding AS findings, tenant.path::text AS path
     FROM rollout JOIN tenant ON tenant.id = rollout.tenant_id WHERE rollout.id = ANY($1::uuid[])`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => byId.get(id) ?? null)
})

const seesNodes = (context: AdminContext, id: string): boolean =>
  may(context, 'read', permissionSubject('MailNode', { id }))

const gateShown =
  (context: AdminContext) =>
  (reading: GateReading): RolloutGate =>
    seesNodes(context, reading.mailNodeId) ? reading : { ...reading, mailNodeId: null, detail: null }

function rolloutShown(context: AdminContext, { path: _path, settings, findings, ...row }: RolloutRow): Rollout {
  const strategy = strategyShown(settings)
  const waves = strategy.waves.map((wave) => ({
    ...wave,
    mailNodeIds: wave.mailNodeIds && wave.mailNodeIds.filter((id) => seesNodes(context, id)),
  }))
  return { ...row, strategy: { ...strategy, waves }, finding: (findings ?? []).map(gateShown(context)) }
}

/** Null also where the viewer may not see it. */
export async function visibleRollout(context: AdminContext, id: string): Promise<Rollout | null> {
  const row = isId(id) ? await rowById(context).load(id.toLowerCase()) : null
  if (!row || !may(context, 'read', permissionSubject('Rollout', { id, within: pathsAbove(row.path) }))) return null
  return rolloutShown(context, row)
}

export async function listRollouts(
  context: AdminContext,
  request: RolloutsArguments,
): Promise<ConnectionValue<Rollout>> {
  pageShape(request)
  const filter = request.filter ?? {}
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'Rollout', columns, parameters)]
  if (isGiven(filter.withinId))
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters))
  if (isGiven(filter.states)) conditions.push(`rollout.state = ANY(${parameters.bind(filter.states, 'text[]')})`)
  if (isGiven(filter.mailNodeId)) {
    const node = await visibleMailNode(context, filter.mailNodeId)
    conditions.push(
      node
        ? `EXISTS (SELECT FROM rollout_node WHERE rollout_id = rollout.id AND mail_node_id = ${parameters.bind(node.id, 'uuid')})`
        : 'false',
    )
  }
  const page = await readPage(context.database, request, {
    from: 'rollout JOIN tenant ON tenant.id = rollout.tenant_id',
    id: 'rollout.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  const rows = await loadAll(rowById(context), page.ids)
  return connectionFrom(
    page,
    rows.map((row) => row && rolloutShown(context, row)),
  )
}

/** As the system: what nodes say is no tenant's. What of it is shown is decided by the rules about nodes. */
const observationsOf = defineLoader<AdminContext, string, ObservedNode[]>((context, ids) =>
  Promise.all(
    ids.map(async (id) => {
      const row = await rowById(context).load(id)
      return row ? observe((sql, values) => context.system.query(sql, values), id, row.settings.baselineSeconds) : []
    }),
  ),
)

export async function gatesOf(context: AdminContext, { id, finishedAt }: Rollout): Promise<RolloutGate[]> {
  const row = await rowById(context).load(id)
  if (!row || finishedAt !== null) return []
  const nodes = await observationsOf(context).load(id)
  return nodes.flatMap((node) => readGates(row.settings, node)).map(gateShown(context))
}

export async function nodesOf(context: AdminContext, { id }: Rollout): Promise<RolloutNode[]> {
  const [rows, observed] = await Promise.all([nodeRowsOf(context).load(id), observationsOf(context).load(id)])
  const byId = new Map(observed.map((node) => [node.mailNodeId, node]))
  return rows
    .filter(({ mailNodeId }) => seesNodes(context, mailNodeId))
    .map((row) => ({ ...row, acknowledged: byId.get(row.mailNodeId)?.acknowledged ?? false }))
}

type NodeRow = Omit<RolloutNode, 'acknowledged'> & { rolloutId: string }
const nodeRowsOf = defineLoader<AdminContext, string, NodeRow[]>(async (context, ids) => {
  const rows = await context.system.query<NodeRow>(
    `SELECT rollout_id AS "rolloutId", node.mail_node_id AS "mailNodeId", mail_node.name, wave, opened_at AS "openedAt",
       link.link_id IS NOT NULL AS online
     FROM rollout_node AS node JOIN mail_node ON mail_node.id = node.mail_node_id
     LEFT JOIN mail_node_link AS link ON link.mail_node_id = node.mail_node_id
     WHERE rollout_id = ANY($1::uuid[]) ORDER BY wave, lower(mail_node.name)`,
    [ids],
  )
  return ids.map((id) => rows.filter(({ rolloutId }) => rolloutId === id))
})

export async function visibleStrategy(context: AdminContext, tenantId: string): Promise<TenantRolloutStrategy | null> {
  const tenant = await visibleTenant(context, tenantId)
  if (!tenant || !may(context, 'read', permissionSubject('Rollout', { within: pathsAbove(tenant.path) }))) return null
  const [row] = await context.database.query<{ settings: RolloutStrategySettings; version: number }>(
    'SELECT settings, version FROM rollout_strategy WHERE tenant_id = $1',
    [tenant.id],
  )
  return row ? { tenantId: tenant.id, version: row.version, strategy: strategyShown(row.settings) } : null
}
