/** Changes of DKIM keys. What goes by itself, from a key that waits for DNS to one that is retired, is in rotation.ts. */
import type { DkimAlgorithm } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type Action, type AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { requireDomain, visibleDomain, type Domain } from '../domains/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { deleteVersioned } from '../platform/versioned.js'
import { DkimKey, dkimKeySubject, type DkimKeyState } from './dkim-key.entity.js'
import type { CreateDkimKeyInput } from './dkim-key.types.js'
import { generateKey, importKey, type KeyPair } from './key-pair.js'
import { freeSelector, insertKey, lockDomain, lockSuccession, maxKeysPerDomain, moveTo } from './key-states.js'

const label = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/

export async function createDkimKey(context: AdminContext, input: CreateDkimKeyInput): Promise<string> {
  const selector = isGiven(input.selector) ? input.selector.trim().toLowerCase() : null
  if (selector !== null && !label.test(selector))
    throw invalidInput(['selector'], 'A selector is one label: letters, digits and hyphens, at most 63.')
  // Looked at twice: keys are not made for whoever may not, and no row is locked while one is made.
  requireMayCreate(context, await visibleDomain(context, input.domainId), ['domainId'])
  const pair = await requireKeyPair(input)
  return context.database.transaction(async (manager) => {
    const domain = await requireDomain(context, manager, input.domainId, 'read', ['domainId'])
    requireMayCreate(context, domain, ['domainId'])
    return addKey(context, manager, domain.id, pair, selector)
  })
}

/** New keys of the algorithms that sign now; of both where none does. Where new ones wait already, those are the answer. */
export async function rotateDkimKeys(context: AdminContext, domainId: string): Promise<string[]> {
  const domain = await visibleDomain(context, domainId)
  requireMayCreate(context, domain, ['domainId'])
  const wanted = await successorsWanted((sql, parameters) => context.database.query(sql, parameters), domain!.id)
  const pairs = await Promise.all(wanted.map(generateKey))
  return context.database.transaction(async (manager) => {
    const { id } = await requireDomain(context, manager, domainId, 'read', ['domainId'])
    await lockSuccession(manager, id)
    const still = await successorsWanted((sql, parameters) => manager.query(sql, parameters), id)
    for (const pair of pairs.filter(({ algorithm }) => still.includes(algorithm)))
      await addKey(context, manager, id, pair, null)
    const rows: { id: string }[] = await manager.query(
      `SELECT id FROM dkim_key WHERE domain_id = $1 AND state = 'PUBLISHED' ORDER BY created_at, id`,
      [id],
    )
    return rows.map((row) => row.id)
  })
}

async function successorsWanted(
  query: (sql: string, parameters: unknown[]) => Promise<unknown[]>,
  domainId: string,
): Promise<DkimAlgorithm[]> {
  const rows = (await query(
    `SELECT DISTINCT algorithm, state FROM dkim_key WHERE domain_id = $1 AND state IN ('PUBLISHED', 'SIGNING')`,
    [domainId],
  )) as { algorithm: DkimAlgorithm; state: DkimKeyState }[]
  const of = (state: DkimKeyState) => rows.filter((row) => row.state === state).map((row) => row.algorithm)
  const base: DkimAlgorithm[] = rows.length > 0 ? of('SIGNING') : ['RSA_SHA256', 'ED25519_SHA256']
  return base.filter((algorithm) => !of('PUBLISHED').includes(algorithm))
}

/** Its record stays for messages that are under way; a key that never signed needs none. */
export const retireDkimKey = (context: AdminContext, input: VersionedInput): Promise<string> =>
  change(context, input, { PUBLISHED: 'RETIRED', SIGNING: 'RETIRING' })

/** For a key that others may have: it signs no more, and what it signed is not to be trusted. */
export const revokeDkimKey = (context: AdminContext, input: VersionedInput): Promise<string> =>
  change(context, input, { PUBLISHED: 'REVOKED', SIGNING: 'REVOKED', RETIRING: 'REVOKED', RETIRED: 'REVOKED' })

async function change(
  context: AdminContext,
  input: VersionedInput,
  ways: Partial<Record<DkimKeyState, DkimKeyState>>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { key, domain } = await requireKey(context, manager, input.id, 'update')
    if (key.version !== input.version) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
    const state = ways[key.state]
    if (!state) throw new ExpectedError('WRONG_STATE', { params: { state: key.state } })
    await moveTo(manager, domain, key, state)
    return key.id
  })
}

/** Seconds between a look at a key's record and the next one that somebody asks for. */
const pause = 10

/** Looks into DNS soon, and not when it would be looked at anyway. */
export async function checkDkimKey(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { key } = await requireKey(context, manager, id, 'update')
    const [, taken] = await manager.query(
      `UPDATE dkim_key SET due_at = now()
       WHERE id = $1 AND (record_checked_at IS NULL OR record_checked_at < now() - interval '${pause} seconds')`,
      [key.id],
    )
    if (taken !== 1) throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: pause } })
    return key.id
  })
}

export async function deleteDkimKey(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { key, domain } = await requireKey(context, manager, input.id, 'delete')
    if (key.state === 'SIGNING' || key.state === 'RETIRING')
      throw new ExpectedError('WRONG_STATE', { params: { state: key.state } })
    await deleteVersioned(manager, DkimKey, { id: key.id, version: input.version })
    await recordChanges(manager, [{ kind: 'Domain', id: domain.id, mailNodeId: domain.mailNodeId }])
    return key.id
  })
}

async function requireKey(context: AdminContext, manager: EntityManager, id: string, action: Action) {
  const [row] = isId(id) ? await manager.query('SELECT domain_id FROM dkim_key WHERE id = $1', [id]) : []
  const domain = row ? await lockDomain(manager, row.domain_id) : null
  if (domain) await manager.query('SELECT FROM dkim_key WHERE id = $1 FOR UPDATE', [id])
  const key = domain ? await manager.findOne(DkimKey, { where: { id }, relations: { domain: { tenant: true } } }) : null
  authorize(context, action, key && dkimKeySubject(key))
  return { key: key!, domain: domain! }
}

function requireMayCreate(context: AdminContext, domain: Domain | null, path: string[]): void {
  if (!domain) throw notFound(path)
  const subject = { id: newId(), domainId: domain.id, within: pathsAbove(domain.tenant.path) }
  if (!may(context, 'create', permissionSubject('DkimKey', subject))) throw new ExpectedError('FORBIDDEN')
}

async function requireKeyPair({ privateKey, algorithm }: CreateDkimKeyInput): Promise<KeyPair> {
  if (!isGiven(privateKey)) return generateKey(algorithm ?? 'RSA_SHA256')
  const pair = importKey(privateKey)
  if ('fault' in pair) throw invalidInput(['privateKey'], pair.fault)
  if (isGiven(algorithm) && algorithm !== pair.algorithm)
    throw invalidInput(['algorithm'], 'The key is of another algorithm.')
  return pair
}

async function addKey(
  { secrets }: AdminContext,
  manager: EntityManager,
  domainId: string,
  pair: KeyPair,
  selector: string | null,
): Promise<string> {
  const [{ count }] = await manager.query('SELECT count(*)::int FROM dkim_key WHERE domain_id = $1', [domainId])
  if (count >= maxKeysPerDomain)
    throw invalidInput(['domainId'], `A domain has at most ${maxKeysPerDomain} keys: delete those that have ended.`, {
      max: maxKeysPerDomain,
    })
  return translateConstraints(
    { dkim_key_selector_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['selector'] }) },
    async () =>
      insertKey(manager, secrets, domainId, selector ?? (await freeSelector(manager, domainId, pair.algorithm)), pair),
  )
}
