/** One job as it goes on: fetched once, then told. The subscription ends with the job, and begins anew when it is run again. */
import { useSubscription } from '@urql/vue'
import { computed, shallowRef, watch } from 'vue'
import { useObject } from '../../graphql/use-object.ts'
import { whenReconnected } from '../../graphql/when-reconnected.ts'
import { isUnderWay } from './job-state.ts'
import { jobProgressSubscription, jobQuery, type JobRow } from './jobs.queries.ts'

export function useLiveJob(id: () => string) {
  const fetched = useObject(jobQuery, id)
  const told = shallowRef<JobRow>()
  const job = computed(() => {
    const before = fetched.object.value
    const live = told.value?.id === id() ? told.value : undefined
    // A version stays while rows are counted: of two alike, the one that has come further is the newer.
    const further = (one: JobRow) => one.succeeded + one.failed
    if (!before || !live) return before ?? live
    if (live.version !== before.version) return live.version > before.version ? live : before
    return further(live) >= further(before) ? live : before
  })
  useSubscription(
    {
      query: jobProgressSubscription,
      variables: computed(() => ({ id: id() })),
      pause: computed(() => !job.value || !isUnderWay(job.value)),
    },
    (_previous, data) => {
      told.value = data.jobProgress
      return data
    },
  )
  whenReconnected(fetched.reload)
  watch(id, () => (told.value = undefined))

  return { job, absence: fetched.absence, reload: fetched.reload }
}
