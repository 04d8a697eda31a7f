/**
 * GETQUOTA and GETQUOTAROOT (RFC 9208). One root, the empty name, holds the whole account; an account without a limit
 * has none. SETQUOTA is not offered: limits belong to the control plane.
 */
import { formatString } from '../codec/response-text.js'
import { no } from '../errors.js'
import type { Session } from '../session.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const getQuota: CommandEntry = {
  name: 'GETQUOTA',
  states: signedIn,
  capability: 'QUOTA',
  async handler(session, args) {
    args.space()
    const root = args.astringText()
    args.end()
    if (root !== '' || session.account.quotaBytes === null) throw no('NONEXISTENT', 'No such quota root')
    await writeQuota(session, session.account.quotaBytes)
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
    const { quotaBytes } = session.account
    session.out.line(`* QUOTAROOT ${session.names.format(name)}${quotaBytes === null ? '' : ` ${formatString('')}`}`)
    if (quotaBytes !== null) await writeQuota(session, quotaBytes)
  },
}

/** STORAGE is told in units of 1,024 octets (RFC 9208 section 5.1). */
async function writeQuota(session: Session, limit: number): Promise<void> {
  const { bytes } = await session.context.store.usage(session.account.id)
  session.out.line(`* QUOTA "" (STORAGE ${Math.ceil(bytes / 1024)} ${Math.floor(limit / 1024)})`)
}
