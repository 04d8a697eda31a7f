/**
 * Hands messages to hosts, over a session from before where there is one. Every recipient gets an outcome of its own; whatever happens
 * on the way ends in one, so that callers need not tell errors apart.
 */
import type { NextHop } from '../next-hops.js'
import type { Outcome } from '../outcome.js'
import { HostSession } from './host-session.js'
import type { NoSession } from './host-session.js'
import { SessionPool } from './session-pool.js'
import type { ClientTimeouts } from './timeouts.js'
import { sendMessage } from './transaction.js'
import type { OutgoingMessage } from './transaction.js'

export type ClientResult = NoSession | { type: 'answered'; outcomes: Map<string, Outcome> }

export class SmtpClient {
  private readonly pool = new SessionPool()

  constructor(private readonly timeouts: ClientTimeouts) {}

  async transmit(hop: NextHop, message: OutgoingMessage, heloName: string, signal: AbortSignal): Promise<ClientResult> {
    const key = `${hop.host} ${hop.address} ${hop.port} ${hop.tls} ${heloName}`
    const known = this.pool.take(key)
    const outcomes = known && (await this.over(known, key, message, signal))
    if (outcomes) return { type: 'answered', outcomes }
    const session = await HostSession.open(hop, heloName, this.timeouts, signal)
    if (!(session instanceof HostSession)) return session
    // Only a session that has been used before may have nothing to say.
    return { type: 'answered', outcomes: (await this.over(session, key, message, signal))! }
  }

  close(): void {
    this.pool.close()
  }

  private async over(
    session: HostSession,
    key: string,
    message: OutgoingMessage,
    signal: AbortSignal,
  ): Promise<Map<string, Outcome> | null> {
    const cut = (): void => session.destroy()
    signal.addEventListener('abort', cut)
    if (signal.aborted) cut()
    try {
      const outcomes = await sendMessage(session, message)
      // A host that asks us to come later is not kept busy.
      const welcome = outcomes && [...outcomes.values()].every(({ kind }) => kind !== 'deferred')
      if (welcome) this.pool.keep(key, session)
      else session.quit()
      return outcomes
    } finally {
      signal.removeEventListener('abort', cut)
    }
  }
}
