/** First set-up: the root of the tenant tree and the administrator who makes everyone else. */
import type { Database } from '../platform/database.js'
import { newId } from '../platform/ids.js'
import { requirePassword, requireText } from '../platform/input.js'
import { hashPassword } from '../platform/password.js'
import { pathLabel, Tenant } from '../tenants/index.js'
import { Administrator } from './administrator.entity.js'
import { maxAdministratorName, minAdministratorPassword, requireEmail } from './administrator.service.js'

const rootName = 'Platform'
/** Held while it looks and makes: of two at once one makes the administrator. */
const firstAdministratorLock = 7_203_010

/** Does nothing once there is a platform administrator; returns whether it made one. */
export async function createFirstAdministrator(
  database: Database,
  given: { email: string; name: string; password: string },
): Promise<boolean> {
  const email = requireEmail(given.email, ['email'])
  const name = requireText(given.name, ['name'], maxAdministratorName)
  const password = requirePassword(given.password, ['password'], minAdministratorPassword)
  const passwordHash = await hashPassword(password)
  return database.transaction(async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [firstAdministratorLock])
    if (await manager.existsBy(Administrator, { role: 'PLATFORM_ADMIN' })) return false
    let root = await manager.findOneBy(Tenant, { kind: 'PLATFORM' })
    if (!root) {
      const id = newId()
      await manager.insert(Tenant, { id, name: rootName, kind: 'PLATFORM', status: 'ACTIVE', path: pathLabel(id) })
      root = await manager.findOneByOrFail(Tenant, { id })
    }
    const row = {
      id: newId(),
      tenantId: root.id,
      email,
      name,
      role: 'PLATFORM_ADMIN' as const,
      status: 'ACTIVE' as const,
    }
    await manager.insert(Administrator, { ...row, passwordHash })
    return true
  })
}
