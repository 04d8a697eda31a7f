/** What a month brings, at once. */
import { purgeSome } from '../life-cycle/purge.js'
import { createLogger } from '../platform/logger.js'
import type { TestApplication } from './test-application.js'

export async function purgeDeleted({ database }: Pick<TestApplication, 'database'>): Promise<void> {
  while (await purgeSome(database, createLogger('silent'))) continue
}

/** Deletes for good: nothing of it is left afterwards. */
export async function destroyDomain(
  application: TestApplication,
  domain: { id: string; version: number },
): Promise<void> {
  const refused = await application.admin.erase('Domain', domain)
  if (refused.length > 0) throw new Error(refused.join())
  await purgeDeleted(application)
}
