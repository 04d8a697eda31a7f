/**
 * Who else may use a mailbox. Members are of the same tenant, whoever asks, and on the same node, which is where the mail is: the
 * projection leaves out those of whom that is true no more.
 */
import type { EntityManager } from 'typeorm'
import type { AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { invalidInput } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineLoader } from '../platform/loader.js'
import { updateVersioned } from '../platform/versioned.js'
import { Mailbox } from './mailbox.entity.js'
import { requireMailbox } from './mailbox.service.js'
import type {
  MailboxAccess,
  MailboxMember,
  MailboxMemberInput,
  UpdateMailboxMembersInput,
} from './mailbox-members.types.js'

const maxMembers = 1_000
/** What changes at once. */
const maxChanges = 200
const allRights = 'lrswipkxtea'
const rightsOf: Record<MailboxAccess, string> = { READ: 'lr', EDIT: 'lrswite', FULL: allRights }

export const membersOfMailbox = defineLoader<AdminContext, string, MailboxMember[]>(async ({ database }, ids) => {
  const rows = await database.query<MailboxMember & { mailboxId: string }>(
    `SELECT mailbox_id AS "mailboxId", member_id AS "memberId", rights, sending FROM mailbox_member
     WHERE mailbox_id = ANY($1::uuid[]) ORDER BY created_at, member_id`,
    [ids],
  )
  return ids.map((id) => rows.filter(({ mailboxId }) => mailboxId === id))
})

export async function updateMailboxMembers(context: AdminContext, input: UpdateMailboxMembersInput): Promise<string> {
  if (input.set.length + input.remove.length > maxChanges) {
    throw invalidInput(['set'], `At most ${maxChanges} at once.`, { max: maxChanges })
  }
  return context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, input.id, 'update')
    const wanted = input.set.map((member, index) => ({ ...member, rights: requireRights(member, index) }))
    for (const [index, { memberId }] of wanted.entries())
      await requireMember(context, manager, mailbox, memberId, index)
    await updateVersioned(manager, Mailbox, { id: mailbox.id, version: input.version }, {})
    await manager.query('DELETE FROM mailbox_member WHERE mailbox_id = $1 AND member_id = ANY($2::uuid[])', [
      mailbox.id,
      input.remove.filter(isId),
    ])
    await manager.query(
      `INSERT INTO mailbox_member (mailbox_id, member_id, rights, sending)
       SELECT DISTINCT ON (given.member_id) $1::uuid, given.member_id, given.rights, given.sending
       FROM unnest($2::uuid[], $3::text[], $4::text[]) AS given (member_id, rights, sending)
       ON CONFLICT (mailbox_id, member_id) DO UPDATE SET rights = excluded.rights, sending = excluded.sending`,
      [
        mailbox.id,
        wanted.map(({ memberId }) => memberId),
        wanted.map(({ rights }) => rights),
        wanted.map(({ sending }) => sending ?? null),
      ],
    )
    await requireFew(manager, mailbox.id)
    await recordChanges(manager, [{ kind: 'Mailbox', id: mailbox.id, mailNodeId: mailbox.domain.mailNodeId }])
    return mailbox.id
  })
}

/** After a domain has gone to another tenant: whose member is of another tenant now shares nothing with it any more. */
export async function endForeignMembers(manager: EntityManager, domainId: string): Promise<void> {
  const [ended]: [{ id: string; mailNodeId: string | null }[]] = await manager.query(
    `DELETE FROM mailbox_member USING mailbox, domain, mailbox AS theirs, domain AS home
     WHERE mailbox.id = mailbox_member.mailbox_id AND domain.id = mailbox.domain_id
       AND theirs.id = mailbox_member.member_id AND home.id = theirs.domain_id
       AND $1 IN (domain.id, home.id) AND domain.tenant_id <> home.tenant_id
     RETURNING mailbox.id, domain.mail_node_id AS "mailNodeId"`,
    [domainId],
  )
  const lost = [...new Map(ended.map((mailbox) => [mailbox.id, mailbox])).values()]
  await manager.query('UPDATE mailbox SET version = version + 1, updated_at = now() WHERE id = ANY($1::uuid[])', [
    lost.map(({ id }) => id),
  ])
  await recordChanges(
    manager,
    lost.map((mailbox) => ({ kind: 'Mailbox' as const, ...mailbox })),
  )
}

function requireRights({ access, rights }: MailboxMemberInput, index: number): string {
  const path = ['set', String(index), 'rights']
  if (isGiven(access) === isGiven(rights)) throw invalidInput(path, 'Give either access or rights.')
  if (isGiven(access)) return rightsOf[access]
  if (!/^[lrswipkxtea]+$/.test(rights!)) throw invalidInput(path, `Rights are letters of ${allRights}.`)
  return [...allRights].filter((right) => rights!.includes(right)).join('')
}

async function requireMember(
  context: AdminContext,
  manager: EntityManager,
  mailbox: Mailbox,
  memberId: string,
  index: number,
): Promise<void> {
  const path = ['set', String(index), 'memberId']
  const member = await requireMailbox(context, manager, memberId, 'read', path)
  if (member.id === mailbox.id) throw invalidInput(path, 'This is the mailbox itself.')
  if (member.shared) throw invalidInput(path, 'Nobody signs in to a shared mailbox.')
  if (member.domain.tenantId !== mailbox.domain.tenantId) {
    throw invalidInput(path, 'This mailbox belongs to another tenant.')
  }
  if (member.domain.mailNodeId !== mailbox.domain.mailNodeId) {
    throw invalidInput(path, 'This mailbox is on another mail node.')
  }
}

async function requireFew(manager: EntityManager, mailboxId: string): Promise<void> {
  const [{ count }] = await manager.query(
    'SELECT count(*)::integer AS count FROM mailbox_member WHERE mailbox_id = $1',
    [mailboxId],
  )
  if (count > maxMembers)
    throw invalidInput(['set'], `A mailbox has at most ${maxMembers} members.`, { max: maxMembers })
}
