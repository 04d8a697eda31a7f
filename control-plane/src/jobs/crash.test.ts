/** Two replicas, and connections that are cut while a job runs: every row is done, and none twice. */
import { setTimeout as sleep } from 'node:timers/promises'
import { hash } from '@node-rs/argon2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startApplication, type Application } from '../application.js'
import { createLogger } from '../platform/logger.js'
import type { Json } from '../test-support/api-client.js'
import { jobEnded, rowsOf } from '../test-support/jobs.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch } from '../test-support/world.js'

let application: TestApplication
let other: Application
beforeAll(async () => {
  application = await startTestApplication()
  other = await startApplication(application.settings, createLogger('silent'))
})
afterAll(async () => {
  await other?.stop()
  await application?.stop()
})

const cut = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%mailbox%' AND state <> 'idle'`

test('a job goes on where it was, whoever dies, and does each row once', async () => {
  const branch = await makeBranch(application, 'north')
  const { admin, tenant, domain } = branch.customer
  const passwordHash = await hash(newPassword(), { memoryCost: 64, timeCost: 1, parallelism: 1 })
  const jobs: string[] = []
  for (const batch of ['a', 'b', 'c', 'd']) {
    const rows = Array.from({ length: 700 }, (_, index) => ({
      address: `${batch}${index}@${domain.name}`,
      passwordHash,
    }))
    const { job } = await admin.mutate('bulkCreateMailboxes', { tenantId: tenant.id, rows }, 'job { id }')
    jobs.push(job.id)
  }
  let cuts = 0
  for (let tries = 0; tries < 30 && cuts < 6; tries++) {
    const [row] = await application.database.query<{ count: string }>(cut)
    cuts += Number(row!.count)
    await sleep(30)
  }
  // Else nothing was shown.
  expect(cuts).toBeGreaterThan(0)
  for (const id of jobs) {
    expect(await jobEnded(admin, id)).toMatchObject({ state: 'SUCCEEDED', succeeded: 700, failed: 0 })
    expect(await rowsOf(admin, id, 'FAILED')).toEqual([])
  }
  const [made] = await application.database.query(
    `SELECT count(*)::integer AS entries, count(DISTINCT subject_id)::integer AS mailboxes FROM audit_entry
     WHERE subject_type = 'Mailbox' AND change = 'CREATED' AND operation = 'bulkCreateMailboxes'`,
  )
  expect(made).toEqual({ entries: 2_800, mailboxes: 2_800 })
})

test('what its starter may no more is not done', async () => {
  const branch = await makeBranch(application, 'south')
  const { admin, tenant, domain } = branch.customer
  const { apiToken, secret } = await admin.mutate('createApiToken', { name: 'bulk' }, 'apiToken { id } secret')
  const script = Object.assign(Object.create(admin) as Json, { cookie: null, token: secret })
  const rows = [{ address: `late@${domain.name}`, password: newPassword() }]
  const input = { tenantId: tenant.id, rows, dryRun: true }
  const { job } = await script.mutate('bulkCreateMailboxes', input, 'job { id }')
  await jobEnded(admin, job.id)
  // Queued again by the token, which is revoked before any replica looks.
  await application.database.query(`UPDATE job SET served_at = now() WHERE id = $1`, [job.id])
  await application.database.transaction(async (manager) => {
    await manager.query(`UPDATE job SET state = 'QUEUED' WHERE id = $1`, [job.id])
    await manager.query(`UPDATE job_row SET state = 'PENDING', error = NULL WHERE job_id = $1`, [job.id])
    await manager.query('DELETE FROM api_token WHERE id = $1', [apiToken.id])
  })
  expect(await jobEnded(admin, job.id)).toMatchObject({ state: 'FAILED', errorCode: 'UNAUTHENTICATED' })
})
