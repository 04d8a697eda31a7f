/** THREAD=ORDEREDSUBJECT (RFC 5256 section 3): one level of replies below the oldest message of each subject. */
import { byDate, ThreadNode, type ThreadedMessage } from './thread-node.js'

export function threadBySubject(messages: readonly ThreadedMessage[]): ThreadNode[] {
  const roots = new Map<string, ThreadNode>()
  for (const node of messages.map((message) => new ThreadNode(message)).sort(byDate)) {
    const { subject } = node.message!
    const root = roots.get(subject)
    if (root) node.attachTo(root)
    else roots.set(subject, node)
  }
  return [...roots.values()]
}
