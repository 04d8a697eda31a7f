/** A check that somebody asks for and waits for. Bounded, since each asks other people's servers a dozen questions. */
import { requireViewer, type AdminContext } from '../access/index.js'
import { requireOwnDomain } from '../domains/index.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError } from '../platform/errors.js'
import type { DnsChecker } from './dns-checker.js'

/** Seconds between two checks of one domain, whoever asks. */
const pause = 10
/** Checks a minute that one administrator may ask for. */
const maxPerMinute = 30

export async function verifyDomain(context: AdminContext, checker: DnsChecker, id: string): Promise<string> {
  const { administratorId } = requireViewer(context)
  const { database } = context
  const domain = await database.transaction(async (manager) => {
    const asked = await requireOwnDomain(context, manager, id, 'update', { lock: 'FOR SHARE' })
    refuseDeleted(asked)
    await manager.query('SELECT FROM administrator WHERE id = $1 FOR UPDATE', [administratorId])
    const [recent] = await manager.query(
      `SELECT count(*)::int AS count FROM domain_dns_check WHERE asked_by = $1 AND asked_at > now() - interval '1 minute'`,
      [administratorId],
    )
    if (recent.count >= maxPerMinute) throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: 60 } })
    const [, taken] = await manager.query(
      `UPDATE domain_dns_check SET asked_at = now(), asked_by = $2
       WHERE domain_id = $1 AND (asked_at IS NULL OR asked_at < now() - interval '${pause} seconds')`,
      [asked.id, administratorId],
    )
    if (taken !== 1) throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: pause } })
    return asked
  })
  await checker.check(database, [domain])
  return domain.id
}
