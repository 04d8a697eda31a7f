/**
 * Hands messages to hosts, over a session from before where there is one. Every recipient gets an outcome of its own; whatever happens
 * on the way ends in one, so that callers need not tell errors apart.
 */
import type { SecureContext } from 'node:tls'
import type { NextHop } from '../next-hops.js'
import { failed } from '../outcome.js'
import type { Outcome } from '../outcome.js'
import type { TlsFailure } from '../transport/peer-verification.js'
import { HostSession } from './host-session.js'
import type { NoSession } from './host-session.js'
import { SessionPool } from './session-pool.js'
import type { ClientTimeouts } from './timeouts.js'
import { sendMessage } from './transaction.js'
import type { OutgoingMessage } from './transaction.js'

export interface Answered {
  type: 'answered'
  outcomes: Map<string, Outcome>
  /** What is wrong with the host's proof of who it is, where that was not demanded; null without TLS. */
  tlsFailure: TlsFailure | null
  secure: boolean
  /** Whether a session began with this message. */
  fresh: boolean
}

export type ClientResult = NoSession | Answered

export class SmtpClient {
  private readonly pool = new SessionPool()

  constructor(
    private readonly timeouts: ClientTimeouts,
    private readonly secureContext: SecureContext,
  ) {}

  async transmit(hop: NextHop, message: OutgoingMessage, heloName: string, signal: AbortSignal): Promise<ClientResult> {
    const { host, address, port, tls, dane = null } = hop
    const key = JSON.stringify([host, address, port, tls, heloName, dane, message.request.tls === 'REQUIRED'])
    const known = this.pool.take(key)
    const outcomes = known && (await this.over(known, key, message, signal))
    if (outcomes) return answered(known, outcomes, false)
    const session = await HostSession.open(hop, heloName, this.timeouts, this.secureContext, signal)
    if (!(session instanceof HostSession)) return session
    if (message.request.tls === 'REQUIRED' && !session.extensions.has('REQUIRETLS')) {
      const { remote } = session
      session.quit()
      // RFC 8689 section 4.2.1: another host of the destination may offer it.
      return { type: 'unreachable', outcome: failed('5.7.30', `${remote} does not offer REQUIRETLS`, remote) }
    }
    // Only a session that has been used before may have nothing to say.
    return answered(session, (await this.over(session, key, message, signal))!, true)
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

const answered = (session: HostSession, outcomes: Map<string, Outcome>, fresh: boolean): Answered => ({
  type: 'answered',
  outcomes,
  tlsFailure: session.tlsFailure,
  secure: session.tls !== null,
  fresh,
})
