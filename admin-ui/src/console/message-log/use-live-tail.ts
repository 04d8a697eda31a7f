/** New events as they come, newest first, no more than `keep`: an open page must not grow for days. */
import { useSubscription } from '@urql/vue'
import { computed, shallowRef, watch, type ComputedRef, type Ref } from 'vue'
import type { VariablesOf } from '../../graphql/graphql.ts'
import { mailEventAddedSubscription, type MailEventRow } from './mail-events.queries.ts'

const keep = 200
type Filter = VariablesOf<typeof mailEventAddedSubscription>['filter']

export function useLiveTail(on: Ref<boolean>, filter: ComputedRef<Filter>) {
  const rows = shallowRef<MailEventRow[]>([])
  useSubscription(
    {
      query: mailEventAddedSubscription,
      // The present is always in range; an end in the past would only hide what comes.
      variables: computed(() => ({ filter: { ...filter.value, since: undefined, until: undefined } })),
      pause: computed(() => !on.value),
    },
    (_previous, data) => {
      rows.value = [data.mailEventAdded, ...rows.value].slice(0, keep)
      return data
    },
  )
  watch([on, filter], () => (rows.value = []))
  return { rows }
}
