/** Nodes that the viewer may see, as they change: ids wait in a set, so that a slow reader gets each node once, as it is then. */
import type { AdminContext } from '../../access/index.js'
import { changesOf, readNotices } from '../../changes/index.js'
import { forgetLoaded } from '../../platform/loader.js'
import { nodeChannel } from '../channels.js'
import { abortable } from '../../platform/abortable.js'
import { Wake } from '../../platform/wake.js'
import type { MailNode } from './mail-node.entity.js'
import { visibleMailNode } from './mail-node.queries.js'

const maxWaiting = 10_000
const never = new AbortController().signal

export function mailNodeChanges(context: AdminContext): AsyncGenerator<MailNode, void, void> {
  const { notifications } = changesOf(context.database)
  const waiting = new Set<string>()
  const wake = new Wake()
  // Notices may have been lost with the connection: then every node is looked at.
  let missed = false
  const unsubscribe = notifications.on(nodeChannel, (payload) => {
    if (payload === null) missed = true
    else for (const id of readNotices(payload)) if (waiting.size < maxWaiting) waiting.add(id)
    wake.fire()
  })
  return abortable(
    async function* (signal) {
      while (!signal.aborted) {
        if (missed) {
          missed = false
          const nodes = await context.database.query<{ id: string }>(`SELECT id FROM mail_node LIMIT ${maxWaiting}`)
          for (const { id } of nodes) waiting.add(id)
        }
        for (const id of waiting) {
          waiting.delete(id)
          forgetLoaded(context)
          const node = await visibleMailNode(context, id)
          if (signal.aborted) return
          if (node) yield node
        }
        await wake.wait(signal, 60_000)
      }
    },
    never,
    unsubscribe,
  )
}
