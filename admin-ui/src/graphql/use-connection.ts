/**
 * One page of a Relay connection. The cursor stands in the address bar, so that a page can be linked to and "back" works;
 * changing a filter, the search or the order goes back to the first page (see list-state.ts).
 */
import type { AnyVariables, TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { computed, watch, ref, type ComputedRef } from 'vue'
import { fromCombined } from './api-error.ts'

interface PageInfo {
  hasNextPage: boolean
  hasPreviousPage: boolean
  startCursor: string | null
  endCursor: string | null
}

export interface Connection<Node> {
  nodes: Node[]
  pageInfo: PageInfo
  totalCount?: number
}

export function useConnection<
  Data extends { connection: Connection<unknown> | null },
  Variables extends AnyVariables,
>(options: {
  query: TypedDocumentNode<Data, Variables>
  variables: ComputedRef<Variables>
  /** The list's type, so that an empty list is fetched again when a first object is made. */
  typename: string
  pause?: ComputedRef<boolean>
}) {
  type Node = NonNullable<Data['connection']>['nodes'][number]
  const result = useQuery<Data, Variables>({
    query: options.query,
    variables: options.variables as never,
    context: { requestPolicy: 'cache-and-network', additionalTypenames: [options.typename] },
    ...(options.pause && { pause: options.pause }),
  })

  // The page before stays visible while the next one is on its way; otherwise the table would jump at each key typed.
  const shown = ref<Connection<Node>>()
  watch(
    result.data,
    (data) => {
      if (data) shown.value = data.connection as never
    },
    { immediate: true },
  )

  return {
    nodes: computed(() => (shown.value?.nodes ?? []) as Node[]),
    pageInfo: computed(() => shown.value?.pageInfo),
    totalCount: computed(() => shown.value?.totalCount),
    loading: computed(() => result.fetching.value && !shown.value),
    refreshing: computed(() => result.fetching.value || result.stale.value),
    error: computed(() => (result.error.value ? fromCombined(result.error.value) : undefined)),
    reload: () => result.executeQuery({ requestPolicy: 'network-only' }),
  }
}
