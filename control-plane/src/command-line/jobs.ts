/** Jobs from the command line: files for imports, and waiting for a job with its progress in sight. */
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ApiConnection, type Data, type RequestOptions } from './api/connection.js'
import { ApiFailure, CommandFailure, exitCodeOf, exitCodes, usageFailure } from './failures.js'
import { note, write, type Terminal } from './terminal.js'

const types: Record<string, string> = { csv: 'text/csv', jsonl: 'application/x-ndjson', ndjson: 'application/x-ndjson' }

/** Streams the file; its answer names the upload, which `import start` takes. */
export async function uploadImport(
  terminal: Terminal,
  api: ApiConnection,
  file: string,
  type: string | null,
): Promise<void> {
  const contentType = types[(type ?? /\.([^.]+)$/.exec(file)?.[1] ?? '').toLowerCase()]
  if (!contentType) throw usageFailure('--type: csv or jsonl')
  if (file !== '-') await stat(file).catch((error: Error) => Promise.reject(usageFailure(error.message)))
  const upload = await api.upload(
    'imports',
    contentType,
    file === '-' ? terminal.stdin : createReadStream(file),
    terminal.signal,
  )
  await write(terminal, `${JSON.stringify(upload, null, 2)}\n`)
}

interface Job {
  state: string
  total: number
  succeeded: number
  failed: number
  errorCode: string | null
}

const ended = new Set(['SUCCEEDED', 'FAILED', 'CANCELLED'])
const query = 'query ($id: ID!) { job(id: $id) { state total succeeded failed errorCode } }'
const cancel = 'mutation ($input: CancelJobInput!) { cancelJob(input: $input) { errors { code message path } } }'

export interface WaitOptions {
  id: string
  everyMs: number
  cancelAtInterrupt: boolean
}

/** Ends as the job does: 0 where all of it took effect, 6 where rows were refused, 1 where it could not go on or was cancelled. */
export async function waitForJob(
  terminal: Terminal,
  api: ApiConnection,
  request: RequestOptions,
  { id, everyMs, cancelAtInterrupt }: WaitOptions,
): Promise<void> {
  try {
    for (let shown = ''; ;) {
      const { job } = (await api.request(query, { id }, request)) as { job: Job | null }
      if (!job) throw new ApiFailure([{ code: 'NOT_FOUND', message: 'There is no such job.' }])
      const progress = `${job.state.toLowerCase()}: ${job.succeeded + job.failed} of ${job.total}, ${job.failed} failed`
      if (progress !== shown) show(terminal, (shown = progress), ended.has(job.state))
      if (ended.has(job.state)) return tellEnd(terminal, id, job)
      await sleep(everyMs, undefined, { signal: terminal.signal })
    }
  } catch (error) {
    if (terminal.signal.aborted) await leave(terminal, api, request, id, cancelAtInterrupt)
    throw error
  }
}

/** In one line where somebody looks at it. */
function show(terminal: Terminal, progress: string, last: boolean): void {
  if (terminal.stderr.isTTY) terminal.stderr.write(`\r\u001b[K${progress}${last ? '\n' : ''}`)
  else note(terminal, progress)
}

async function tellEnd(terminal: Terminal, id: string, job: Job): Promise<void> {
  await write(terminal, `${JSON.stringify({ id, ...job })}\n`)
  if (job.state === 'SUCCEEDED' && job.failed === 0) return
  if (job.state === 'SUCCEEDED') {
    throw new CommandFailure(`${job.failed} of ${job.total} rows were refused`, exitCodes.conflict)
  }
  throw new CommandFailure(
    `the job ended as ${job.state} ${job.errorCode ?? ''}`.trim(),
    job.errorCode ? exitCodeOf(job.errorCode) : exitCodes.failed,
  )
}

async function leave(
  terminal: Terminal,
  api: ApiConnection,
  request: RequestOptions,
  id: string,
  cancelIt: boolean,
): Promise<void> {
  if (!cancelIt) return note(terminal, `The job goes on: mailfleet job wait ${id}, or mailfleet job cancel ${id}`)
  // Its own signal: the command's is aborted already.
  const data: Data = await api.request(
    cancel,
    { input: { id } },
    { ...request, signal: AbortSignal.timeout(30_000), repeatable: false },
  )
  const { errors } = data.cancelJob as { errors: { code: string; message: string }[] }
  note(terminal, errors.length > 0 ? `Not cancelled: ${errors[0]!.code} ${errors[0]!.message}` : 'Cancelled.')
}
