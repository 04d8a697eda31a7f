/** The newest state of nodes as the subscription tells it, laid over what a query has fetched. */
import { useSubscription } from '@urql/vue'
import { shallowRef } from 'vue'
import { whenReconnected } from '../../graphql/when-reconnected.ts'
import { mailNodeChangedSubscription, type MailNodeRow } from './nodes.queries.ts'

/** `reload` fetches again what was missed while the connection was lost. */
export function useLiveNodes(reload: () => unknown) {
  const changed = shallowRef(new Map<string, MailNodeRow>())
  useSubscription({ query: mailNodeChangedSubscription }, (_previous, data) => {
    const node = data.mailNodeChanged
    changed.value = new Map(changed.value).set(node.id, node)
    return data
  })

  whenReconnected(reload)

  /** A fetched node may be newer than the last change that was told: its version and the time it was seen only rise. */
  function newest(fetched: MailNodeRow): MailNodeRow {
    const live = changed.value.get(fetched.id)
    const fetchedLater =
      live && (fetched.version > live.version || (fetched.lastSeenAt ?? '') > (live.lastSeenAt ?? ''))
    return !live || fetchedLater ? fetched : live
  }

  return { newest }
}
