/**
 * The rows of a list as far as the viewer has scrolled: pages of a Relay connection, each behind the cursor of the one before.
 * The first page is a live query, so that every mutation of the type reads it again; what stands behind it is read again
 * with it while it is short, and said to be `outdated` where it is long. What was read is kept for "back".
 */
import type { AnyVariables, Client, TypedDocumentNode } from '@urql/core'
import { useQuery } from '@urql/vue'
import { computed, ref, shallowRef, watch, type ComputedRef } from 'vue'
import { fromCombined, type ApiError } from './api-error.ts'
import { client } from './client.ts'
import type { Connection } from './use-connection.ts'

const pageSize = 100
/** So many rows are read again when something has changed; where there are more, the viewer is told. */
const readAgain = 1_000
/** Of so many lists the rows are kept for "back". */
const keptLists = 5

interface Read<Row> {
  key: string
  rows: Row[]
  endCursor: string | null
  hasNextPage: boolean
  totalCount?: number
}

// By the client, of which there is one for each person signed in: nobody is shown what another has read.
const kept = new WeakMap<Client, Map<string, Read<never>>>()

function keep(read: Read<unknown>): void {
  const lists = kept.get(client.value) ?? new Map<string, Read<never>>()
  kept.set(client.value, lists)
  lists.delete(read.key)
  lists.set(read.key, read as Read<never>)
  for (const oldest of [...lists.keys()].slice(0, -keptLists)) lists.delete(oldest)
}

export function useRows<Row extends { id: string }, Variables extends AnyVariables>(options: {
  query: TypedDocumentNode<{ connection: Connection<Row> }, Variables>
  /** All but the paging arguments. `counted: false` may leave `totalCount` out of what comes after the first page. */
  variables: ComputedRef<object>
  typename: string
}) {
  const key = computed(() => JSON.stringify([options.typename, options.variables.value]))
  const read = shallowRef(kept.get(client.value)?.get(key.value) as Read<Row> | undefined)
  const outdated = ref(false)
  const loadingMore = ref(false)
  const failure = shallowRef<ApiError>()
  /** An answer to what was asked before this number rose comes too late. */
  let round = 0

  const head = useQuery({
    query: options.query,
    variables: computed(() => ({ ...options.variables.value, first: pageSize })) as never,
    context: { requestPolicy: 'cache-and-network', additionalTypenames: [options.typename] },
  })

  async function page(after: string | null): Promise<Connection<Row> | undefined> {
    const variables = { ...options.variables.value, first: pageSize, after, counted: false }
    const { data, error } = await client.value
      .query(options.query, variables as never, { requestPolicy: 'network-only' })
      .toPromise()
    failure.value = error && fromCombined(error)
    return data?.connection
  }

  function show(next: Read<Row>): void {
    read.value = next
    keep(next)
  }
  const readOf = ({ nodes, pageInfo, totalCount }: Connection<Row>): Read<Row> => ({
    key: key.value,
    rows: nodes,
    endCursor: pageInfo.endCursor,
    hasNextPage: pageInfo.hasNextPage,
    totalCount,
  })
  function joined(first: Read<Row>, { nodes, pageInfo }: Connection<Row>): Read<Row> {
    // A row whose place in the order has changed in between would come twice.
    const known = new Set(first.rows.map(({ id }) => id))
    return {
      ...first,
      rows: [...first.rows, ...nodes.filter(({ id }) => !known.has(id))],
      endCursor: pageInfo.endCursor,
      hasNextPage: pageInfo.hasNextPage,
    }
  }

  async function accept(first: Connection<Row>): Promise<void> {
    const asked = ++round
    loadingMore.value = false
    failure.value = undefined
    let next = readOf(first)
    const before = read.value?.key === key.value ? read.value.rows.length : 0
    if (before > readAgain) {
      const fresh = new Map(next.rows.map((row) => [row.id, row]))
      outdated.value = next.rows.some(({ id }, index) => read.value!.rows[index]?.id !== id)
      show({
        ...read.value!,
        rows: read.value!.rows.map((row) => fresh.get(row.id) ?? row),
        totalCount: next.totalCount,
      })
      return
    }
    while (next.hasNextPage && next.rows.length < before) {
      const more = await page(next.endCursor)
      if (asked !== round || !more) return
      next = joined(next, more)
    }
    // What was asked for behind the old end has no place behind the new one.
    round += 1
    loadingMore.value = false
    outdated.value = false
    show(next)
  }
  watch(head.data, (data) => data && void accept(data.connection), { immediate: true })

  async function more(): Promise<void> {
    const from = read.value
    if (!from?.hasNextPage || from.key !== key.value || loadingMore.value) return
    const asked = round
    loadingMore.value = true
    const next = await page(from.endCursor)
    if (asked !== round) return
    loadingMore.value = false
    // In between rows may have changed, but not how far was read.
    if (next) show(joined(read.value!, next))
  }

  function reload(): unknown {
    return head.executeQuery({ requestPolicy: 'network-only' })
  }
  /** Reads from the top again, however much there was. */
  function startOver(): void {
    read.value = undefined
    outdated.value = false
    reload()
  }

  /** What became of rows in the meantime, as somebody else tells. */
  function amend(changed: ReadonlyMap<string, Row | null>): void {
    const from = read.value
    if (!from?.rows.some(({ id }) => changed.has(id))) return
    const rows = from.rows.flatMap((row) => {
      const now = changed.get(row.id)
      return now === undefined ? [row] : (now ?? [])
    })
    const gone = from.rows.length - rows.length
    show({ ...from, rows, totalCount: from.totalCount === undefined ? undefined : from.totalCount - gone })
  }

  return {
    rows: computed(() => read.value?.rows ?? []),
    totalCount: computed(() => read.value?.totalCount),
    hasMore: computed(() => read.value?.hasNextPage ?? false),
    loading: computed(() => head.fetching.value && !read.value),
    refreshing: computed(() => head.fetching.value || head.stale.value),
    loadingMore,
    /** The first page did not come. */
    error: computed(() => (head.error.value ? fromCombined(head.error.value) : undefined)),
    /** A further page did not come. */
    moreError: failure,
    outdated,
    more,
    reload,
    startOver,
    amend,
  }
}
