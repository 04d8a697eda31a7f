/**
 * Keeps checkpoints of the control plane's audit trail, in a file that is only ever appended to. The control plane cannot take one
 * back: whoever rewrites the trail in its database is found out by what nodes hold.
 *
 * Nothing depends on it: a control plane that does not know of checkpoints, or a file that cannot be written, is logged and passed over.
 */
import { open, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Logger } from 'pino'
import { auditCheckpoint, reportAuditCheckpoints, type AuditCheckpoint } from './protocol.js'
import type { Session } from './session.js'

/** Of all that are held, so many are shown when a connection opens: the newest. */
const shownAtOnce = 500

export class AuditCheckpoints {
  constructor(
    private readonly file: string,
    private readonly logger: Logger,
    private readonly intervalMs = 60_000,
  ) {}

  /** Runs until the connection ends; always rejects in the end. */
  async run(session: Session): Promise<never> {
    let held = await this.read()
    if (held.length > 0) await this.show(session, held.slice(-shownAtOnce))
    for (;;) {
      const newest = await this.ask(session)
      if (newest && !held.some((one) => one.sequence === newest.sequence && one.hash === newest.hash)) {
        if (await this.keep(newest)) held = [...held.slice(-shownAtOnce), newest]
        await this.show(session, [newest])
      }
      await sleep(this.intervalMs, undefined, { signal: session.closed }).catch(() => undefined)
      session.closed.throwIfAborted()
    }
  }

  private async ask(session: Session): Promise<AuditCheckpoint | null> {
    const answer = await this.unlessClosed(
      session,
      session.request<{ auditCheckpoint: AuditCheckpoint | null }>(auditCheckpoint, {}),
    )
    return answer?.auditCheckpoint ?? null
  }

  private async show(session: Session, checkpoints: AuditCheckpoint[]): Promise<void> {
    await this.unlessClosed(session, session.request(reportAuditCheckpoints, { checkpoints }))
  }

  /** Null where the request failed and the connection did not. */
  private async unlessClosed<T>(session: Session, request: Promise<T>): Promise<T | null> {
    try {
      return await request
    } catch (error) {
      session.closed.throwIfAborted()
      this.logger.debug({ err: error }, 'no audit checkpoints with this control plane')
      return null
    }
  }

  private async keep(checkpoint: AuditCheckpoint): Promise<boolean> {
    try {
      const handle = await open(this.file, 'a', 0o600)
      try {
        await handle.appendFile(`${JSON.stringify({ ...checkpoint, receivedAt: new Date().toISOString() })}\n`)
        await handle.sync()
      } finally {
        await handle.close()
      }
      return true
    } catch (error) {
      this.logger.warn({ err: error }, 'an audit checkpoint could not be kept')
      return false
    }
  }

  /** Lines that a crash cut short are passed over. */
  private async read(): Promise<AuditCheckpoint[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '')
    return text.split('\n').flatMap((line) => {
      try {
        const { chainId, sequence, hash } = JSON.parse(line) as AuditCheckpoint
        return typeof sequence === 'number' ? [{ chainId, sequence, hash }] : []
      } catch {
        return []
      }
    })
  }
}
