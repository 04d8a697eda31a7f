/** Mailboxes that a directory keeps. Nobody knows their first password: their owners get one by somebody who may set it. */
import { randomBytes } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import type { AdminContext } from '../../access/index.js'
import { createMailbox, setMailboxStatus, updateMailbox } from '../../mailboxes/index.js'
import { notFound } from '../../platform/errors.js'
import { newId } from '../../platform/ids.js'
import type { IdentitySource } from '../identity-source.entity.js'
import { noteActive } from '../provisioning.js'
import type { Known, SyncStep } from './plan-sync.js'

export const knownMailboxes = (context: AdminContext, sourceId: string): Promise<Known[]> =>
  context.system.query<Known>(
    `SELECT link.id AS "identityId", link.subject, mailbox.address AS email, mailbox.name, NULL AS role, link.active
     FROM external_identity AS link JOIN mailbox ON mailbox.id = link.mailbox_id WHERE link.identity_source_id = $1`,
    [sourceId],
  )

export async function applyToMailbox(
  context: AdminContext,
  manager: EntityManager,
  source: IdentitySource,
  step: SyncStep,
): Promise<void> {
  if (step.action === 'SKIP') return
  if (step.action === 'CREATE') return make(context, manager, source, step)
  const [mailbox]: Linked[] = await manager.query(
    `SELECT mailbox.id, mailbox.version, mailbox.name, mailbox.status, link.suspended
     FROM external_identity AS link JOIN mailbox ON mailbox.id = link.mailbox_id WHERE link.id = $1`,
    [step.known.identityId],
  )
  if (!mailbox) return
  let { version } = mailbox
  const active = step.action !== 'DEACTIVATE'
  if (step.known.active !== active) {
    const status = active ? 'ACTIVE' : 'SUSPENDED'
    // Whom somebody here has suspended stays so.
    const changes = mailbox.status !== status && (!active || mailbox.suspended)
    if (changes) await setMailboxStatus(context, { id: mailbox.id, version: version++ }, status)
    await noteActive(manager, step.known.identityId, active, !active && changes)
  }
  if (active && mailbox.name !== step.name) await updateMailbox(context, { id: mailbox.id, version, name: step.name })
}

interface Linked {
  id: string
  version: number
  name: string
  status: string
  /** By the source. */
  suspended: boolean
}

async function make(
  context: AdminContext,
  manager: EntityManager,
  source: IdentitySource,
  step: SyncStep & { action: 'CREATE' },
): Promise<void> {
  const at = step.email.lastIndexOf('@')
  const [domain]: { id: string }[] = await manager.query(
    `SELECT domain.id FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE domain.name = $1 AND tenant.path <@ $2::ltree AND domain.proof IS NOT NULL`,
    [step.email.slice(at + 1), source.tenant.path],
  )
  if (!domain) throw notFound(['email'])
  const mailboxId = await createMailbox(context, {
    domainId: domain.id,
    localPart: step.email.slice(0, at),
    name: step.name,
    shared: false,
    password: randomBytes(120).toString('base64url'),
  })
  await manager.query(
    'INSERT INTO external_identity (id, identity_source_id, subject, mailbox_id) VALUES ($1, $2, $3, $4)',
    [newId(), source.id, step.entry.subject, mailboxId],
  )
}
