/** One authenticated socket of a node: who it is, what it may do, and the stream it has. */
import type { NodeAbility } from './node-abilities.js'
import { abilityOfNode } from './node-abilities.js'
import type { Unacknowledged } from '../stream/unacknowledged.js'

export interface NodeSessionIdentity {
  mailNodeId: string
  keyThumbprint: string
  /** Random, one per socket; the row of the node names the one that holds the link. */
  linkId: string
  /** It was suspended when it came: it is told so, and has no link. */
  suspended: boolean
}

export class NodeSession {
  readonly ability: NodeAbility
  /** The frames of the running stream; null while there is none. */
  stream: Unacknowledged | null = null
  /** Set when the node was suspended: it is told so by its stream, and cut at this time (ms). */
  cutAt: number | null = null
  /** What it last said of itself, to tell repetition from news. */
  lastStatus: string | null = null
  private readonly controller = new AbortController()

  constructor(
    readonly identity: NodeSessionIdentity,
    private readonly closeSocket: (code: number, reason: string) => void,
  ) {
    this.ability = abilityOfNode(identity.mailNodeId)
  }

  get mailNodeId(): string {
    return this.identity.mailNodeId
  }

  /** Aborted when the socket is gone, for whatever reason. */
  get signal(): AbortSignal {
    return this.controller.signal
  }

  close(code: number, reason: string): void {
    if (this.signal.aborted) return
    this.controller.abort()
    this.closeSocket(code, reason)
  }

  ended(): void {
    this.controller.abort()
  }
}
