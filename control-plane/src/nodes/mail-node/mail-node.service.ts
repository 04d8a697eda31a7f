/** Changes of nodes. Each is told to the node itself, and to whoever watches nodes. */
import type { EntityManager } from 'typeorm'
import { authorize, may, permissionSubject, type Action, type AdminContext } from '../../access/index.js'
import { recordChanges } from '../../changes/index.js'
import { translateConstraints } from '../../platform/database-errors.js'
import type { Database } from '../../platform/database.js'
import { ExpectedError } from '../../platform/errors.js'
import type { Status } from '../../platform/graphql/enums.js'
import type { VersionedInput } from '../../platform/graphql/versioned-input.js'
import { isId, newId } from '../../platform/ids.js'
import { deleteVersioned, updateVersioned } from '../../platform/versioned.js'
import { beyondReach } from '../../platform/database-scope.js'
import { readFormer, stageChange, strategyWanted } from '../../staging/index.js'
import { nodeChannel } from '../channels.js'
import { issueJoinToken } from '../enrolment/join-token.js'
import { MailNode, mailNodeSubject } from './mail-node.entity.js'
import { defaultSettings, readSettings } from './mail-node.settings.js'
import type { CreateMailNodeInput, UpdateMailNodeInput } from './mail-node.types.js'

const nameTaken = { mail_node_name_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] }) }

async function requireMailNode(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
): Promise<MailNode> {
  const node = isId(id) ? await manager.findOneBy(MailNode, { id }) : null
  authorize(context, action, node && mailNodeSubject(node))
  return node!
}

/** Rare, unlike what links report: the notice may go with the transaction. */
const announce = (manager: EntityManager, id: string) =>
  manager.query('SELECT pg_notify($1, $2)', [nodeChannel, JSON.stringify([id])])

const recordSettings = (manager: EntityManager, id: string): Promise<void> =>
  recordChanges(manager, [{ kind: 'NodeSettings', id, mailNodeId: id }])

export async function createMailNode(context: AdminContext, input: CreateMailNodeInput): Promise<string> {
  const id = newId()
  if (!may(context, 'create', permissionSubject('MailNode', { id }))) throw new ExpectedError('FORBIDDEN')
  await context.database.transaction((manager) => insertMailNode(manager, id, input))
  return id
}

async function insertMailNode(manager: EntityManager, id: string, input: CreateMailNodeInput): Promise<void> {
  // To a create, null is what was not said.
  const said = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null))
  const { hostName, ...settings } = readSettings(said)
  const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
  const row = { id, status: 'ACTIVE' as const, ...defaultSettings(hostName!), ...given }
  await translateConstraints(nameTaken, () => manager.insert(MailNode, row))
  await recordSettings(manager, id)
  await announce(manager, id)
}

export async function updateMailNode(context: AdminContext, input: UpdateMailNodeInput): Promise<string> {
  const { id: _id, version, rollout, ...fields } = input
  const changes = readSettings(fields)
  return context.database.transaction(async (manager) => {
    const { id, name } = await requireMailNode(context, manager, input.id, 'update')
    const root = await rootTenant(manager)
    const strategy = await strategyWanted(context, manager, root.path, rollout)
    const former = await readFormer(manager, 'NodeSettings', id)
    await translateConstraints(nameTaken, () => updateVersioned(manager, MailNode, { id, version }, changes))
    const staged = await stageChange(manager, former, {
      kind: 'NodeSettings',
      id,
      tenantId: root.id,
      mailNodeIds: [id],
      label: name,
      author: context.viewer?.email ?? null,
      strategy,
    })
    if (!staged) await recordSettings(manager, id)
    await announce(manager, id)
    return id
  })
}

/** Nodes are the platform's own. */
const rootTenant = async (manager: EntityManager): Promise<{ id: string; path: string }> => {
  const [root] = await beyondReach(manager, () =>
    manager.query('SELECT id, path::text FROM tenant WHERE parent_id IS NULL ORDER BY created_at LIMIT 1'),
  )
  return root
}

export async function setMailNodeStatus(context: AdminContext, input: VersionedInput, status: Status): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id } = await requireMailNode(context, manager, input.id, 'suspend')
    await updateVersioned(manager, MailNode, { id, version: input.version }, { status })
    await recordSettings(manager, id)
    await announce(manager, id)
    return id
  })
}

export async function deleteMailNode(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id } = await requireMailNode(context, manager, input.id, 'delete')
    await translateConstraints({ domain_mail_node_fk: () => new ExpectedError('NOT_EMPTY') }, () =>
      deleteVersioned(manager, MailNode, { id, version: input.version }),
    )
    await announce(manager, id)
    return id
  })
}

export async function createJoinToken(context: AdminContext, mailNodeId: string) {
  return context.database.transaction(async (manager) => {
    const { id } = await requireMailNode(context, manager, mailNodeId, 'update')
    return issueJoinToken(manager, id)
  })
}

/** For the command line of whoever runs this host: makes the node when there is none of that name. */
export async function provideJoinToken(
  database: Database,
  { name, hostName }: { name: string; hostName: string },
): Promise<{ nodeId: string; token: string; enrolled: boolean }> {
  return database.transaction(async (manager) => {
    const find = () => manager.findOneBy(MailNode, { name })
    let node = await find()
    if (!node) {
      await insertMailNode(manager, newId(), { name, hostName })
      node = (await find())!
    }
    const { token } = await issueJoinToken(manager, node.id)
    return { nodeId: node.id, token, enrolled: node.enrolledAt !== null }
  })
}
