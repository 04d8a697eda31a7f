/**
 * GETQUOTA and GETQUOTAROOT (RFC 9208). One root, the empty name, holds the whole account; that of another account is named as
 * its mailboxes are. An account without a limit has none. SETQUOTA is not offered: limits belong to the control plane.
 */
import type { MailboxResource } from '@mailfleet/schema'
import { formatString } from '../codec/response-text.js'
import { no } from '../errors.js'
import type { Session } from '../session.js'
import { isForeignName, rootOf } from '../sharing/accessible-mailboxes.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const getQuota: CommandEntry = {
  name: 'GETQUOTA',
  states: signedIn,
  capability: 'QUOTA',
  async handler(session, args) {
    args.space()
    const root = args.astringText()
    args.end()
    const owner = await ownerOfRoot(session, root)
    const quotaBytes = owner && quotaOf(session, owner)
    if (!owner || quotaBytes === null) throw no('NONEXISTENT', 'No such quota root')
    await writeQuota(session, root, owner, quotaBytes)
  },
}

export const getQuotaRoot: CommandEntry = {
  name: 'GETQUOTAROOT',
  states: signedIn,
  capability: 'QUOTA',
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    args.end()
    const found = await session.accessible.find(name)
    // RFC 9208 section 4.1.2: also of a name that could be created.
    if (!found && isForeignName(name)) throw no('NONEXISTENT', 'No such mailbox')
    const { owner } =
      found && found.owner.id !== session.accountId ? await session.findMailbox(name, 'r') : ownAccount(session)
    const root = owner.id === session.accountId ? '' : rootOf(owner)
    const quotaBytes = quotaOf(session, owner)
    const told = quotaBytes === null ? '' : ` ${formatString(root)}`
    session.out.line(`* QUOTAROOT ${session.names.format(name)}${told}`)
    if (quotaBytes !== null) await writeQuota(session, root, owner, quotaBytes)
  },
}

/** As policies have it now, not as of the sign-in. */
export const quotaOf = ({ context: { directory } }: Session, owner: MailboxResource): number | null =>
  directory.policy('MAILBOX_QUOTA', directory.mailboxById(owner.id) ?? owner).value

const ownAccount = (session: Session) => ({ owner: session.account })

/** Another's root is there for those who may read one of its mailboxes. */
async function ownerOfRoot(session: Session, root: string): Promise<MailboxResource | null> {
  if (root === '') return session.account
  const readable = (await session.accessible.foreign()).filter(({ rights }) => rights.includes('r'))
  return readable.find(({ owner }) => rootOf(owner) === root)?.owner ?? null
}

/** STORAGE is told in units of 1,024 octets (RFC 9208 section 5.1). */
async function writeQuota(session: Session, root: string, owner: MailboxResource, limit: number): Promise<void> {
  const { bytes } = await session.context.store.usage(owner.id)
  session.out.line(`* QUOTA ${formatString(root)} (STORAGE ${Math.ceil(bytes / 1024)} ${Math.floor(limit / 1024)})`)
}
