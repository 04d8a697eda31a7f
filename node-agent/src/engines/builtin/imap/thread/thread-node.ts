/** A message in a tree of messages, or (without a message) the place of one that the search did not find. */
export interface ThreadedMessage {
  /** Of the message in the session's view; decides between equal dates. */
  index: number
  date: number
  /** By which subjects are equal. */
  subject: string
  isReplyOrForward: boolean
}

export class ThreadNode {
  parent: ThreadNode | null = null
  readonly children = new Set<ThreadNode>()

  constructor(public message: ThreadedMessage | null = null) {}

  /** Takes the node away from where it was. */
  attachTo(parent: ThreadNode | null): void {
    this.parent?.children.delete(this)
    this.parent = parent
    parent?.children.add(this)
  }

  /** The message, or that of the first child where there is none. */
  get representative(): ThreadedMessage {
    return this.message ?? this.children.values().next().value!.representative
  }

  /** By sent date, then by place in the mailbox. */
  sortChildren(): void {
    if (this.children.size < 2) return
    const sorted = [...this.children].sort(byDate)
    this.children.clear()
    for (const child of sorted) this.children.add(child)
  }
}

export function byDate(a: ThreadNode, b: ThreadNode): number {
  const [one, other] = [a.representative, b.representative]
  return one.date - other.date || one.index - other.index
}

/** Parents before their children; without recursion, as conversations can be as deep as the mailbox is long. */
export function nodesBelow(roots: Iterable<ThreadNode>): ThreadNode[] {
  const nodes = [...roots]
  for (let position = 0; position < nodes.length; position++)
    for (const child of nodes[position]!.children) nodes.push(child)
  return nodes
}

/** `(1 2 (3)(4 5))`, as THREAD tells it (RFC 5256 section 4). */
export function formatThread(root: ThreadNode, numberOf: (index: number) => number): string {
  let text = '('
  const open: (ThreadNode | string)[] = [')', root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (typeof next === 'string') {
      text += next
      continue
    }
    if (next.message) text += `${numberOf(next.message.index)}${next.children.size > 0 ? ' ' : ''}`
    if (next.children.size === 1) open.push(...next.children)
    else for (const child of [...next.children].reverse()) open.push(')', child, '(')
  }
  return text
}
