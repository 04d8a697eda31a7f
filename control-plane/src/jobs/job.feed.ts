/** A job as it goes on. What is sent is read when it is sent, with the viewer's rights; a slow reader misses what lies between. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AdminContext } from '../access/index.js'
import { changesOf, readNotices } from '../changes/index.js'
import { abortable } from '../platform/abortable.js'
import { forgetLoaded } from '../platform/loader.js'
import { Wake } from '../platform/wake.js'
import { jobChannel } from './channels.js'
import type { Job } from './job.entity.js'
import { visibleJob } from './job.queries.js'

const pauseMs = 250
/** A notice may be lost with the connection that it came by. */
const lookEveryMs = 10_000

const never = new AbortController().signal

export function jobProgress(context: AdminContext, id: string): AsyncGenerator<Job, void, void> {
  const wake = new Wake()
  const unsubscribe = changesOf(context.database).notifications.on(jobChannel, (payload) => {
    if (payload === null || readNotices(payload).includes(id.toLowerCase())) wake.fire()
  })
  return abortable(
    async function* (signal) {
      while (!signal.aborted) {
        forgetLoaded(context)
        const job = await visibleJob(context, id)
        if (!job || signal.aborted) return
        yield job
        if (!['PLANNED', 'QUEUED', 'RUNNING'].includes(job.state)) return
        await sleep(pauseMs, undefined, { signal }).catch(() => undefined)
        await wake.wait(signal, lookEveryMs)
      }
    },
    never,
    unsubscribe,
  )
}
