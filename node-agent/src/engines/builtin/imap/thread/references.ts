/**
 * THREAD=REFERENCES (RFC 5256 section 3). The numbers are those of the RFC's steps.
 *
 * What comes in is written by strangers: references may form loops, name what is not there, and be as many as a header
 * holds. Each node is put below another at most twice, and a search for loops is cut off, so that the work stays linear.
 */
import { byDate, nodesBelow, ThreadNode, type ThreadedMessage } from './thread-node.js'

export interface ReferringMessage extends ThreadedMessage {
  messageId: string | null
  /** Oldest first. */
  references: readonly string[]
}

/** Deeper than this a message starts a thread of its own where it might close a loop. */
const maxAncestors = 1_000

export function threadByReferences(messages: readonly ReferringMessage[]): ThreadNode[] {
  const roots = pruned(linked(messages))
  sortSiblings(roots)
  const merged = mergeSubjects(roots.sort(byDate)) // 4, 5
  sortSiblings(merged)
  return merged.sort(byDate) // 6
}

/** 1 and 2: who answers whom, by Message-ID. */
function linked(messages: readonly ReferringMessage[]): ThreadNode[] {
  const nodes = new Map<string, ThreadNode>()
  const all: ThreadNode[] = []
  const add = (message: ThreadedMessage | null): ThreadNode => {
    const node = new ThreadNode(message)
    all.push(node)
    return node
  }
  const nodeOf = (id: string): ThreadNode => {
    const node = nodes.get(id) ?? add(null)
    nodes.set(id, node)
    return node
  }
  for (const message of messages) {
    let parent: ThreadNode | null = null
    for (const id of message.references) {
      const node = nodeOf(id)
      if (parent && !node.parent && !isAbove(node, parent)) node.attachTo(parent)
      parent = node
    }
    const known = message.messageId === null ? null : nodeOf(message.messageId)
    // A second message of the same Message-ID stands for itself alone.
    const node = known && !known.message ? known : add(null)
    node.message = message
    // What others said of its place counts less than what it says itself.
    node.attachTo(parent && !isAbove(node, parent) ? parent : null)
  }
  return all.filter((node) => !node.parent)
}

/** Whether the one is the other or an ancestor of it, so that a link would close a loop. */
function isAbove(upper: ThreadNode, lower: ThreadNode): boolean {
  if (upper === lower) return true
  if (upper.children.size === 0) return false
  let steps = 0
  for (let node: ThreadNode | null = lower; node; node = node.parent)
    if (node === upper || ++steps > maxAncestors) return true
  return false
}

/** 3: without the places of messages that are not there, but for those that hold several threads together. */
function pruned(roots: ThreadNode[]): ThreadNode[] {
  for (const node of nodesBelow(roots).reverse()) {
    const { parent } = node
    if (node.message || !parent) continue
    node.attachTo(null)
    for (const child of [...node.children]) child.attachTo(parent)
  }
  return roots.flatMap((root) => {
    if (root.message || root.children.size > 1) return [root]
    const children = [...root.children]
    for (const child of children) child.attachTo(null)
    return children
  })
}

function sortSiblings(roots: ThreadNode[]): void {
  for (const node of nodesBelow(roots).reverse()) node.sortChildren()
}

/** 5: threads of one subject are one. */
function mergeSubjects(roots: ThreadNode[]): ThreadNode[] {
  const table = new Map<string, ThreadNode>()
  for (const root of roots) {
    const { subject, isReplyOrForward } = root.representative
    if (subject === '') continue
    const held = table.get(subject)
    if (!held || (held.message && (!root.message || (held.message.isReplyOrForward && !isReplyOrForward))))
      table.set(subject, root)
  }
  const merged = new Set(roots)
  for (const root of roots) {
    const { subject, isReplyOrForward } = root.representative
    const held = table.get(subject)
    if (!held || held === root) continue
    merged.delete(root)
    if (!held.message && !root.message) for (const child of [...root.children]) child.attachTo(held)
    else if (!held.message || (isReplyOrForward && !held.message.isReplyOrForward)) root.attachTo(held)
    else {
      const dummy = new ThreadNode()
      merged.delete(held)
      held.attachTo(dummy)
      root.attachTo(dummy)
      table.set(subject, dummy)
      merged.add(dummy)
    }
  }
  return [...merged]
}
