/** The newest state of nodes as the subscription tells it, laid over what a query has fetched. */
import { useSubscription } from '@urql/vue'
import { shallowRef } from 'vue'
import { mailNodeChangedSubscription, type MailNodeRow } from './nodes.queries.ts'

export function useLiveNodes() {
  const changed = shallowRef(new Map<string, MailNodeRow>())
  useSubscription({ query: mailNodeChangedSubscription }, (_previous, data) => {
    const node = data.mailNodeChanged
    changed.value = new Map(changed.value).set(node.id, node)
    return data
  })

  /** A fetched node may be newer than the last change that was told: versions and revisions only rise. */
  function newest(fetched: MailNodeRow): MailNodeRow {
    const live = changed.value.get(fetched.id)
    if (!live || live.version < fetched.version) return fetched
    return live
  }

  return { newest, forget: (id: string) => changed.value.delete(id) }
}
