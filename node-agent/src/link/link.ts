/**
 * The node's link to the control plane: enrols once, then keeps one connection, over which config comes and acknowledgements, status
 * and mail events go. The node never needs it to serve mail: whatever fails here is tried again, with growing, jittered pauses.
 */
import type { Logger } from 'pino'
import type { ConfigState } from '../config/config-state.js'
import type { AuditCheckpoints } from './audit-checkpoints.js'
import { BackOff } from './back-off.js'
import { runConfigFeed } from './config-feed.js'
import { enrolNode, EnrolmentRefusedError } from './enrolment.js'
import type { EventShipper } from './event-shipper.js'
import type { NodeIdentity } from './node-identity.js'
import { openSession, SessionClosedError } from './session.js'
import type { StatusReporter } from './status-reporter.js'

export interface LinkOptions {
  /** Origins of the control plane's replicas. Each node begins at one of them by chance, so that they share the nodes. */
  controlPlanes: URL[]
  identity: NodeIdentity
  /** Read when enrolment needs it. */
  joinToken: () => string | null
  agentVersion: string
  state: ConfigState
  status: StatusReporter
  shippers: EventShipper[]
  auditCheckpoints: AuditCheckpoints
  logger: Logger
  keepAliveMs?: number
  backOff?: BackOff
}

/** A connection that lasted this long was a good one: the next failure starts from a short pause. */
const stableMs = 10_000

export class Link {
  private readonly stopping = new AbortController()
  private readonly backOff: BackOff
  private running: Promise<void> = Promise.resolve()
  private isConnected = false
  private lastFailure = ''
  /** Which of the control planes is asked; the next one after a failure. */
  private turn: number

  constructor(private readonly options: LinkOptions) {
    this.turn = Math.floor(Math.random() * options.controlPlanes.length)
    this.backOff = options.backOff ?? new BackOff(500, 30_000)
  }

  get connected(): boolean {
    return this.isConnected
  }

  private get controlPlane(): URL {
    const { controlPlanes } = this.options
    return controlPlanes[this.turn % controlPlanes.length]!
  }

  /** Makes the node known when it is not yet. Rejects with `EnrolmentRefusedError` when the control plane says no. */
  async enrol(): Promise<void> {
    const { identity, joinToken, agentVersion, logger } = this.options
    if (identity.nodeId !== null) return
    const token = joinToken()
    if (token === null) throw new EnrolmentRefusedError('this node is not enrolled: set MAILFLEET_JOIN_TOKEN')
    await enrolNode(identity, {
      url: nodeUrl(this.controlPlane),
      joinToken: token,
      agentVersion,
      signal: this.stopping.signal,
    })
    logger.info({ nodeId: identity.nodeId }, 'enrolled')
  }

  /** `onRefused`: enrolment is refused for good, there is nothing left to try. */
  start(onRefused: (error: EnrolmentRefusedError) => void): void {
    this.running = this.run(onRefused)
  }

  async close(): Promise<void> {
    this.stopping.abort(new SessionClosedError('closed here'))
    await this.running
  }

  private async run(onRefused: (error: EnrolmentRefusedError) => void): Promise<void> {
    const { signal } = this.stopping
    while (!signal.aborted) {
      try {
        await this.enrol()
        await this.connect()
      } catch (error) {
        if (signal.aborted) return
        if (error instanceof EnrolmentRefusedError) return onRefused(error)
        this.report(error as Error)
        this.turn++
      }
      await this.backOff.wait(signal)
    }
  }

  /** One connection, from its opening to its end; always rejects. */
  private async connect(): Promise<never> {
    const { identity, state, status, shippers, auditCheckpoints, logger, keepAliveMs } = this.options
    const session = await openSession({
      url: socketUrl(this.controlPlane),
      token: () => identity.connectionToken(),
      keepAliveMs,
    })
    const stop = () => session.close()
    this.stopping.signal.addEventListener('abort', stop)
    if (this.stopping.signal.aborted) session.close()
    const stable = setTimeout(() => this.backOff.reset(), stableMs)
    const onFrame = () => {
      if (this.isConnected) return
      this.isConnected = true
      this.lastFailure = ''
      logger.info('connected to the control plane')
    }
    try {
      const parts = [
        runConfigFeed({ session, state, logger, onFrame, onChange: () => status.changed() }),
        status.run(session),
        auditCheckpoints.run(session),
        ...shippers.map((shipper) => shipper.run(session)),
      ]
      return await Promise.race(parts).finally(async () => {
        session.close()
        // The next connection must not begin while this one's frames are still being applied.
        await Promise.allSettled(parts)
      })
    } finally {
      clearTimeout(stable)
      this.stopping.signal.removeEventListener('abort', stop)
      this.isConnected = false
    }
  }

  /** A control plane that stays away is one line in the log, not one for each attempt. */
  private report(error: Error): void {
    if (error.message === this.lastFailure) return
    this.lastFailure = error.message
    this.options.logger.warn({ reason: error.message }, 'no link to the control plane, trying again')
  }
}

const nodeUrl = (controlPlane: URL): URL => new URL('/node', controlPlane)

function socketUrl(controlPlane: URL): URL {
  const url = nodeUrl(controlPlane)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  return url
}
