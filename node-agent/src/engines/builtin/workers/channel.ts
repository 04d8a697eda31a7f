/**
 * Calls between this process and one that it started, or that started it, over Node's channel for child processes. Frames arrive
 * in the order in which they were sent. When the other side is gone, calls that wait reject.
 */
import type { Socket } from 'node:net'
import type { Serializable } from 'node:child_process'

/** Both a `ChildProcess` and, in a child, `process`. */
export interface Peer {
  send?(
    message: Serializable,
    handle: Socket | undefined,
    options: { keepOpen?: boolean },
    callback: (error: Error | null) => void,
  ): boolean
  on(event: 'message', listener: (message: unknown, handle?: unknown) => void): unknown
  on(event: 'disconnect', listener: () => void): unknown
}

export type Handlers = Record<string, (args: never, handle?: Socket) => unknown>

type Frame =
  | { type: 'call'; id: number; name: string; args: unknown }
  | { type: 'tell'; name: string; args: unknown }
  | { type: 'answer'; id: number; value: unknown }
  | { type: 'failure'; id: number; message: string }

export class ChannelClosedError extends Error {
  override name = 'ChannelClosedError'
}

export class Channel {
  private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>()
  private nextId = 1
  private closed = false

  constructor(
    private readonly peer: Peer,
    private readonly handlers: Handlers,
  ) {
    peer.on('message', (frame, handle) => this.receive(frame as Frame, handle as Socket | undefined))
    peer.on('disconnect', () => this.close())
  }

  /** Resolves with what the other side's handler answers. */
  call<Result>(name: string, args: unknown): Promise<Result> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      if (this.closed) return reject(new ChannelClosedError('the other process has ended'))
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.send({ type: 'call', id, name, args })
    })
  }

  /** Without an answer. The other side gets a copy of the handle: `sent` says that ours is not needed any more. */
  tell(name: string, args: unknown, handle?: Socket, sent: () => void = () => undefined): void {
    if (this.closed) return sent()
    this.send({ type: 'tell', name, args }, handle, sent)
  }

  /** Nothing comes from the other side any more. */
  close(): void {
    this.closed = true
    for (const { reject } of this.waiting.values()) reject(new ChannelClosedError('the other process has ended'))
    this.waiting.clear()
  }

  private send(frame: Frame, handle?: Socket, sent: () => void = () => undefined): void {
    // An error that nobody takes would be thrown out of nowhere; that the peer is gone is told by 'disconnect'.
    this.peer.send?.(frame as Serializable, handle, { keepOpen: true }, sent)
  }

  private receive(frame: Frame, handle: Socket | undefined): void {
    if (frame.type === 'tell') return void this.handlers[frame.name]!(frame.args as never, handle)
    if (frame.type === 'call') return void this.answer(frame)
    const waiting = this.waiting.get(frame.id)
    this.waiting.delete(frame.id)
    if (frame.type === 'answer') waiting?.resolve(frame.value)
    else waiting?.reject(new Error(frame.message))
  }

  private async answer({ id, name, args }: Extract<Frame, { type: 'call' }>): Promise<void> {
    try {
      this.send({ type: 'answer', id, value: await this.handlers[name]!(args as never) })
    } catch (error) {
      this.send({ type: 'failure', id, message: (error as Error).message })
    }
  }
}
