/**
 * Steps that failed as a whole, for a reason that is no row's: nothing of them is kept, and the job is tried again. Its tenant has had
 * its turn all the same, so that others go on meanwhile, and a job that fails time after time is given up.
 *
 * The count is this process's own: another replica, or the next start, begins anew.
 */
import type { Database } from '../platform/database.js'
import { jobChannel } from './channels.js'
import { endJob } from './end-job.js'

const maxFailures = 10

export class FailedSteps {
  private readonly counts = new Map<string, number>()

  wentWell(jobId: string): void {
    this.counts.delete(jobId)
  }

  async failed(database: Database, jobId: string): Promise<void> {
    const count = (this.counts.get(jobId) ?? 0) + 1
    this.counts.set(jobId, count)
    await database.transaction(async (manager) => {
      await manager.query('UPDATE job SET served_at = clock_timestamp() WHERE id = $1', [jobId])
      if (count < maxFailures) return
      await endJob(manager, jobId, { state: 'FAILED', errorCode: 'INTERNAL' })
      await manager.query('SELECT pg_notify($1, $2)', [jobChannel, JSON.stringify([jobId])])
    })
    if (count >= maxFailures) this.counts.delete(jobId)
  }
}
