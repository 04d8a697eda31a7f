/**
 * Who comes from a source, as an administrator here. Known by the id that the source has for them, or the first time by an address
 * that the source vouches for, if somebody here has said that this administrator signs in through this source; else, where it may,
 * made. An address alone opens nobody's account.
 */
import type { EntityManager } from 'typeorm'
import { administratorIsActive, type AdminContext } from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import type { IdentitySource } from './identity-source.entity.js'
import { createPerson, link, linkedAdministrator, refreshPerson, type Person } from './provisioning.js'
import { actAsSource } from './source-context.js'

export interface Arriving extends Omit<Person, 'email'> {
  /** Null: none that the source vouches for. */
  email: string | null
}

/** The administrator's row is locked then. Null: nobody, or nobody who may come in. */
export async function admit(
  context: AdminContext,
  manager: EntityManager,
  source: IdentitySource,
  person: Arriving,
): Promise<string | null> {
  const { email } = person
  const linked = (await linkedAdministrator(manager, source.id, person)) ?? (await linkByEmail(manager, source, person))
  if (linked) {
    const asSource = await actAsSource(context, manager, source, context.operation?.name ?? 'signIn')
    const isLetIn =
      linked.active && (await asSource.system.transaction((inner) => refreshPerson(inner, source, linked, person)))
    if (!isLetIn) return null
    await manager.query('UPDATE external_identity SET seen_at = now() WHERE id = $1', [linked.identityId])
    return (await isActive(manager, source.id, linked.administratorId)) ? linked.administratorId : null
  }
  if (!source.createsAdministrators || email === null) return null
  const asSource = await actAsSource(context, manager, source, context.operation?.name ?? 'signIn')
  try {
    const made = await asSource.system.transaction((inner) =>
      createPerson(asSource, inner, source, { ...person, email }),
    )
    return (await isActive(manager, source.id, made.administratorId)) ? made.administratorId : null
  } catch (error) {
    // Somebody else's address, a domain that is not the source's, or no role: they are not let in, whichever it is.
    if (!(error instanceof ExpectedError)) throw error
    context.logger.warn(
      { source: source.id, code: error.code, reason: error.message },
      'an arrival was not made an administrator',
    )
    return null
  }
}

async function linkByEmail(manager: EntityManager, source: IdentitySource, person: Arriving) {
  if (person.email === null) return null
  const rows: { id: string }[] = await manager.query(
    `SELECT id FROM administrator WHERE email = $1 AND identity_source_id = $2 AND NOT EXISTS (
       SELECT FROM external_identity AS known WHERE known.administrator_id = administrator.id
         AND known.identity_source_id = $2) FOR UPDATE`,
    [person.email, source.id],
  )
  if (!rows[0]) return null
  const identityId = await link(manager, source, person, rows[0].id)
  return linkedAdministrator(manager, source.id, { identityId })
}

/** Also still one who signs in through this source. */
async function isActive(manager: EntityManager, sourceId: string, administratorId: string): Promise<boolean> {
  const rows: unknown[] = await manager.query(
    `SELECT FROM administrator WHERE id = $1 AND identity_source_id = $2 AND ${administratorIsActive('administrator')}
     FOR UPDATE`,
    [administratorId, sourceId],
  )
  return rows.length > 0
}
