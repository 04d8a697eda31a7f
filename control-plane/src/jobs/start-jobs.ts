/** Jobs in one replica: it works on them whenever there are any, and sweeps away those that are over. */
import type { Registry } from 'prom-client'
import { changesOf } from '../changes/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import { jobChannel } from './channels.js'
import { FailedSteps } from './failed-steps.js'
import { registerJobMetrics } from './job.metrics.js'
import { jobStep, type JobStepOptions } from './job-step.js'

const everyMs = 5_000
const sweepEveryMs = 600_000

export interface Jobs {
  stop(): Promise<void>
}

export type JobsOptions = Omit<JobStepOptions, 'failedSteps'> & { registry: Registry }

export function startJobs({ registry, ...options }: JobsOptions): Jobs {
  const { database, logger } = options
  registerJobMetrics(registry, database)
  const failedSteps = new FailedSteps()
  const work = new BackgroundWork({
    everyMs,
    onError: (error) => logger.error({ error }, 'jobs: a step failed'),
    step: () => jobStep({ ...options, failedSteps }),
  })
  const forget = changesOf(database).notifications.on(jobChannel, () => work.wake())
  const sweep = new BackgroundWork({
    everyMs: sweepEveryMs,
    onError: (error) => logger.error({ error }, 'jobs: the sweep failed'),
    step: () => sweepOne(database),
  })
  work.wake()
  return {
    async stop() {
      forget()
      await work.stop()
      await sweep.stop()
    },
  }
}

/** One at a time: a job may have a hundred thousand rows. */
export async function sweepOne(database: Database): Promise<boolean> {
  return database.transaction(async (manager) => {
    const [, jobs]: [unknown, number] = await manager.query(
      `DELETE FROM job WHERE id = (SELECT id FROM job WHERE expires_at < now() AND state NOT IN ('QUEUED', 'RUNNING')
         ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    )
    const [, uploads]: [unknown, number] = await manager.query(
      `DELETE FROM upload WHERE id = (SELECT id FROM upload WHERE expires_at < now() AND NOT EXISTS (
           SELECT 1 FROM job WHERE job.upload_id = upload.id AND job.state IN ('QUEUED', 'RUNNING'))
         ORDER BY expires_at LIMIT 1 FOR UPDATE SKIP LOCKED)`,
    )
    return jobs + uploads > 0
  })
}
