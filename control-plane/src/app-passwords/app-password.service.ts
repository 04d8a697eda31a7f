/** App passwords: made here, shown once, kept as hashes, and ended. What they may never changes: another one is made. */
import { hashAppPassword, makeAppPassword, type AppPasswordProtocol, type ScramVerifier } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { requireMailbox } from '../mailboxes/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { normalRange } from '../platform/http/ip-ranges.js'
import { isId, newId } from '../platform/ids.js'
import { requireText } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { makeScramVerifier } from '../platform/scram-verifier.js'
import { deleteVersioned } from '../platform/versioned.js'
import { AppPassword, AppPasswordProtocolEnum, appPasswordSubject } from './app-password.entity.js'
import type { CreateAppPasswordInput } from './app-password.types.js'

const maxPerMailbox = 50
const maxNetworks = 20
const maxName = 200

export async function createAppPassword(
  context: AdminContext,
  input: CreateAppPasswordInput,
): Promise<{ id: string; secret: string }> {
  const name = requireText(input.name, ['name'], maxName)
  const protocols = requireProtocols(input.protocols)
  const networks = requireNetworks(input.networks ?? [])
  const expiresAt = input.expiresAt ?? null
  if (expiresAt && expiresAt.getTime() <= Date.now()) throw invalidInput(['expiresAt'], 'This must be in the future.')
  const secret = makeAppPassword()
  const id = newId()
  await context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, input.mailboxId, 'read', ['mailboxId'])
    const { domain } = mailbox
    const subject = permissionSubject('AppPassword', {
      id,
      domainId: domain.id,
      within: pathsAbove(domain.tenant.path),
    })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    const scram = await makeScramVerifier(secret, await requirePlace(manager, mailbox.id))
    const row = { id, mailboxId: mailbox.id, name, secretHash: hashAppPassword(secret), scram, protocols, networks }
    await manager.insert(AppPassword, { ...row, expiresAt } as never)
    await recordChanges(manager, [{ kind: 'AppPassword', id, mailNodeId: domain.mailNodeId }])
  })
  return { id, secret }
}

function requireProtocols(given: readonly AppPasswordProtocol[] | null | undefined): AppPasswordProtocol[] {
  const all = Object.values(AppPasswordProtocolEnum)
  if (!isGiven(given)) return all
  if (given.length === 0) throw invalidInput(['protocols'], 'There must be at least one.')
  return all.filter((protocol) => given.includes(protocol))
}

function requireNetworks(given: readonly string[]): string[] {
  if (given.length > maxNetworks) throw invalidInput(['networks'], `At most ${maxNetworks}.`, { max: maxNetworks })
  const networks = given.map((text, index) => {
    const range = normalRange(text)
    if (range === null) throw invalidInput(['networks', String(index)], 'Neither an address nor a range of addresses.')
    return range
  })
  return [...new Set(networks)]
}

/** Room for one more, and the verifier whose salt it has. The mailbox stays as it is until the transaction ends. */
async function requirePlace(manager: EntityManager, mailboxId: string): Promise<ScramVerifier | null> {
  const [row] = await manager.query('SELECT shared, scram FROM mailbox WHERE id = $1 FOR UPDATE', [mailboxId])
  if (row.shared) throw invalidInput(['mailboxId'], 'Nobody signs in to a shared mailbox: its members have their own.')
  // With the row locked nobody makes another meanwhile.
  const [{ count }] = await manager.query('SELECT count(*)::integer AS count FROM app_password WHERE mailbox_id = $1', [
    mailboxId,
  ])
  if (count < maxPerMailbox) return row.scram
  throw invalidInput(['mailboxId'], `A mailbox has at most ${maxPerMailbox} app passwords.`, { max: maxPerMailbox })
}

/** It is good for nothing from the moment that its node hears of it, and its sessions end. */
export async function deleteAppPassword(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    if (isId(input.id)) {
      // Keeps the domain on its node until that is told.
      await manager.query(
        `SELECT FROM domain JOIN mailbox ON mailbox.domain_id = domain.id
         JOIN app_password ON app_password.mailbox_id = mailbox.id WHERE app_password.id = $1 FOR SHARE OF domain`,
        [input.id],
      )
    }
    const relations = { mailbox: { domain: { tenant: true } } } as const
    const password = isId(input.id) ? await manager.findOne(AppPassword, { where: { id: input.id }, relations }) : null
    authorize(context, 'delete', password && appPasswordSubject(password))
    const { id, mailbox } = password!
    await deleteVersioned(manager, AppPassword, { id, version: input.version })
    await recordChanges(manager, [{ kind: 'AppPassword', id, mailNodeId: mailbox.domain.mailNodeId }])
    return id
  })
}
