/** What a job looks like, and what can be done with it, in each of its states. */
import type { JobRowState, JobState } from '../../graphql/graphql.ts'
import type { JobRow } from './jobs.queries.ts'

export type Tone = 'neutral' | 'good' | 'warn' | 'bad' | 'info'

type Progress = Pick<JobRow, 'state' | 'kind' | 'dryRun' | 'total' | 'succeeded' | 'failed'>

export const jobStates: readonly JobState[] = ['QUEUED', 'RUNNING', 'PLANNED', 'SUCCEEDED', 'FAILED', 'CANCELLED']
export const lineTones: Record<JobRowState, Tone> = { PENDING: 'neutral', SUCCEEDED: 'good', FAILED: 'bad' }

/** It changes without anybody's doing. */
export const isUnderWay = ({ state }: Progress): boolean => state === 'QUEUED' || state === 'RUNNING'

export function toneOf(job: Progress): Tone {
  if (job.state === 'SUCCEEDED') return job.failed > 0 ? 'warn' : job.dryRun ? 'info' : 'good'
  return ({ PLANNED: 'info', QUEUED: 'neutral', RUNNING: 'info', FAILED: 'bad', CANCELLED: 'neutral' } as const)[
    job.state
  ]
}

/** `run` does what was tried or planned, `goOn` what a job that stopped had not come to. */
export function nextStepOf(job: Progress): 'run' | 'apply' | 'goOn' | undefined {
  if (job.state === 'PLANNED') return job.total > 0 ? 'apply' : undefined
  if (job.state === 'SUCCEEDED' && job.dryRun) return job.succeeded > 0 ? 'run' : undefined
  return job.state === 'FAILED' ? 'goOn' : undefined
}

/** A link to all rows, or those of one state, as a file. */
export function rowsFile(id: string, state?: JobRowState): string {
  const variables = JSON.stringify(state ? { id, state } : { id })
  return `/exports/jobRows?${new URLSearchParams({ format: 'csv', variables }).toString()}`
}
