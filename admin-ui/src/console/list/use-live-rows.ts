/** What becomes of the rows of a list while it is looked at, as the API's `changes` tells it. */
import type { TypedDocumentNode } from '@urql/core'
import { useSubscription } from '@urql/vue'
import { computed, onScopeDispose } from 'vue'
import type { LiveChangeKind } from '../../graphql/graphql.ts'
import { whenReconnected } from '../../graphql/when-reconnected.ts'

export type LiveDocument<Type extends string = string> = TypedDocumentNode<
  { change: { kind: LiveChangeKind; id: string | null; node: object | null } },
  { filter?: { types?: Type[] | null; withinId?: string | null } | null }
>

/** A bulk change comes as thousands of single ones: they are shown so many milliseconds at a time. */
const gatherMs = 300

export function useLiveRows<Row extends { id: string }>(options: {
  document: LiveDocument<never>
  type: string
  withinId: () => string | undefined
  amend: (changed: ReadonlyMap<string, Row | null>) => void
  /** There are rows that are not shown. */
  added: () => unknown
  reload: () => unknown
}): void {
  const gathered = new Map<string, Row | null>()
  let missed = false
  let added = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function show(): void {
    timer = undefined
    options.amend(new Map(gathered))
    gathered.clear()
    if (missed) options.reload()
    else if (added) options.added()
    missed = added = false
  }

  useSubscription(
    {
      query: options.document,
      variables: computed(() => ({ filter: { types: [options.type], withinId: options.withinId() } })) as never,
    },
    (_previous, data: { change: { kind: LiveChangeKind; id: string | null; node: object | null } }) => {
      const { kind, id, node } = data.change
      if (kind === 'CREATED') added = true
      else if (kind === 'MISSED') missed = true
      else if (kind === 'DELETED' && id) gathered.set(id, null)
      else if (kind === 'UPDATED' && node) gathered.set((node as Row).id, node as Row)
      else return data
      timer ??= setTimeout(show, gatherMs)
      return data
    },
  )
  onScopeDispose(() => clearTimeout(timer))
  whenReconnected(options.reload)
}
