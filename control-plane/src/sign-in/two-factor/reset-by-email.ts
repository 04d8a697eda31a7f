/** The way back for whom nobody in the product can help: by whoever runs the host. The password stays. */
import { Administrator, endSessions, requireEmail } from '../../administrators/index.js'
import type { Database } from '../../platform/database.js'
import { notFound } from '../../platform/errors.js'
import { clearFactors } from './two-factor.service.js'

/** The address whose factors are gone. */
export async function resetFactorsByEmail(database: Database, given: string): Promise<string> {
  const email = requireEmail(given, ['email'])
  return database.transaction(async (manager) => {
    const found = await manager.findOne(Administrator, { where: { email }, lock: { mode: 'pessimistic_write' } })
    if (!found) throw notFound(['email'])
    await clearFactors(manager, found.id)
    await endSessions(manager, found.id)
    return email
  })
}
