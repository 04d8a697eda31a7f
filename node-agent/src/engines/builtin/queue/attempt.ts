/** One attempt: from a message and recipients of one destination to an outcome for each, over as many hosts as it takes. */
import type { OutboundRoute } from '@mailfleet/schema'
import type { ClientResult, SmtpClient } from './client/smtp-client.js'
import type { OutgoingMessage } from './client/transaction.js'
import { hopsOfDomain, hopsOfRoute, RoutingError } from './next-hops.js'
import type { HopResolver, NextHop } from './next-hops.js'
import { deferred, failed } from './outcome.js'
import type { Outcome } from './outcome.js'
import type { TransportSecurity } from './transport/transport-security.js'

/** Where recipients of one queue go together: a route of ours, or a domain's own hosts. */
export type Target = { route: OutboundRoute } | { domain: string }

export interface AttemptContext {
  resolver: HopResolver
  /** Our public name: EHLO, and the MX in which we see ourselves. */
  hostName: string
  port: number
  /** By policy of the sender's domain: only over TLS with a valid certificate, whatever a route says. */
  requireTls: boolean
  client: SmtpClient
  transport: TransportSecurity
  signal: AbortSignal
}

export interface AttemptResult {
  outcomes: Map<string, Outcome>
  /** No host took part in a session: the destination as a whole is in trouble. */
  unreachable: boolean
}

const maxHostsTried = 5

export async function attempt(
  target: Target,
  message: OutgoingMessage,
  context: AttemptContext,
): Promise<AttemptResult> {
  const all = (outcome: Outcome, unreachable: boolean): AttemptResult => ({
    outcomes: new Map(message.recipients.map((address) => [address, outcome])),
    unreachable,
  })
  let hops: NextHop[]
  try {
    hops = await hopsFor(target, context)
  } catch (error) {
    if (!(error instanceof RoutingError)) throw error
    return error.permanent
      ? all(failed(error.status, error.message), false)
      : all(deferred(error.status, error.message), true)
  }
  const destination = 'domain' in target ? target.domain : null
  const proven = context.requireTls || message.request.tls === 'REQUIRED'
  let last: Outcome | null = null
  let tried = 0
  let ownDemand = false
  for (const hop of hops) {
    if (tried >= maxHostsTried || context.signal.aborted) break
    const secured = destination === null ? hop : await context.transport.secure(destination, hop, message.request.tls)
    if ('refusal' in secured) {
      ownDemand ||= secured.own
      last = weightier(last, secured.refusal)
      continue
    }
    tried++
    const result = await overHop(destination, demanding(secured, proven), message, context)
    if (result.type === 'answered') return { outcomes: result.outcomes, unreachable: false }
    ownDemand ||= proven && secured.tls !== 'REQUIRED' && result.type === 'unsecured'
    last = weightier(last, result.outcome)
  }
  const outcome = last ?? deferred('4.4.1', 'No host could be reached')
  // What this message or its sender alone demands keeps nobody else's from the destination.
  return all(outcome, outcome.kind === 'deferred' && !ownDemand)
}

/** Of what came of two hosts (RFC 8689 section 4.2.1): one that is down may be one to which such a message may go. */
const weightier = (last: Outcome | null, next: Outcome): Outcome =>
  last === null || next.status !== '5.7.30' || last.kind === 'failed' ? next : last

/** TLS with proof of who the host is; TLSA records are one. */
const demanding = (hop: NextHop, requireTls: boolean): NextHop => (requireTls ? { ...hop, tls: 'REQUIRED' } : hop)

const hopsFor = (target: Target, { resolver, hostName, port }: AttemptContext): Promise<NextHop[]> =>
  'route' in target ? hopsOfRoute(target.route, resolver) : hopsOfDomain(target.domain, resolver, hostName, port)

/** RFC 7435: encryption is better than none, and none is better than no mail, where nobody asked for more. */
async function overHop(
  destination: string | null,
  hop: NextHop,
  message: OutgoingMessage,
  context: AttemptContext,
): Promise<ClientResult> {
  const { hostName, client, signal, transport } = context
  // What goes whatever the destination's policies say tells nothing of them: they were not looked at.
  const told = message.request.tls === 'OPTIONAL' ? null : destination
  const tell = (result: ClientResult): ClientResult => transport.tell(told, hop, result)
  const result = tell(await client.transmit(hop, message, hostName, signal))
  if (result.type !== 'unsecured' || hop.tls !== 'OPPORTUNISTIC' || signal.aborted) return result
  return tell(await client.transmit({ ...hop, tls: 'NONE' }, message, hostName, signal))
}
