import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { MailNodeRow } from './nodes.queries.ts'

/** What may be done with a node, for its row and its page alike. */
export const useNodeLifecycle = (shown: Shown<MailNodeRow>) =>
  useLifecycle(shown, {
    type: 'MailNode',
    texts: 'nodes',
    nameOf: (node) => node.name,
  })
