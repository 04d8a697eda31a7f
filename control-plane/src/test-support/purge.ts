/** What a month brings, at once. */
import { purgeSome } from '../life-cycle/purge.js'
import { createLogger } from '../platform/logger.js'
import type { ApiClient } from './api-client.js'
import type { TestApplication } from './test-application.js'

export async function purgeDeleted({ database }: Pick<TestApplication, 'database'>): Promise<void> {
  while (await purgeSome(database, createLogger('silent'))) continue
}

/** Deletes for good: nothing of it is left afterwards. */
export async function destroy(
  application: TestApplication,
  type: 'Domain' | 'Mailbox',
  { id, version }: { id: string; version: number },
  client: ApiClient = application.admin,
): Promise<void> {
  const mutation = `mutation ($input: VersionedInput!) { delete${type}(input: $input, permanently: true) { errors { code } } }`
  const { [`delete${type}`]: payload } = await client.query(mutation, { input: { id, version } })
  if (payload.errors.length > 0) throw new Error(JSON.stringify(payload.errors))
  await purgeDeleted(application)
}
