/** One object by its id. Every document calls it `object`. While it is not there, `absence` says why (see ObjectState). */
import type { TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { computed } from 'vue'
import { fromCombined } from './api-error.ts'

export function useObject<Row extends { id: string }, Data extends { object: Row | null }>(
  query: TypedDocumentNode<Data & { object: Row | null }, { id: string }>,
  id: () => string,
) {
  const result = useQuery({
    query,
    variables: computed(() => ({ id: id() })),
    requestPolicy: 'cache-and-network',
  })
  return {
    // The object before stays in `data` until the answer for another id is there.
    object: computed(() => (result.data.value?.object?.id === id() ? result.data.value.object : undefined)),
    /** All of the answer, for what stands beside the object. */
    data: result.data,
    absence: computed(() => ({
      loading: result.fetching.value,
      error: result.error.value && fromCombined(result.error.value),
    })),
    reload: () => result.executeQuery({ requestPolicy: 'network-only' }),
  }
}
