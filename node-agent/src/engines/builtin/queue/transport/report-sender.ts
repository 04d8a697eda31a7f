/**
 * Sends the TLS reports of days that are over (RFC 8460 section 5), each to every address that its domain names, and again for a day
 * where that fails. A report that was sent and not yet written down as sent goes out once more after a crash, under the same id.
 */
import { randomUUID } from 'node:crypto'
import { request } from 'node:https'
import { headerEnd } from '../../message/header-section.js'
import { signerFor } from '../../dkim/index.js'
import type { Logger } from 'pino'
import type { Directory } from '../../../../config/directory.js'
import type { HopResolver } from '../next-hops.js'
import type { OutboundMessage } from '../outbound-queue.js'
import { outgoingLookup } from './outgoing-lookup.js'
import { httpsUrl, mailAddress, reportBody, reportMessage, reportUris } from './tls-report.js'
import type { Reporter } from './tls-report.js'
import { dayOf } from './tls-results.js'
import type { TransportDatabase } from './transport-database.js'
import type { Report } from './transport-operations.js'

export interface ReportSenderDeps {
  database: TransportDatabase
  directory: Directory
  resolver: HopResolver
  logger: Logger
  enqueue(message: OutboundMessage): Promise<void>
  /** Certificate authorities (PEM) in place of the usual ones. */
  ca: string[] | undefined
  mayReach(address: string): boolean
  now(): number
}

const atOnce = 100
const requestTimeoutMs = 30_000
/** Section 4.1: not all at midnight. */
const spreadMs = 4 * 3_600_000
const retryMs = 3_600_000
const maxAttempts = 24
const keptDays = 3
const day = 86_400_000

export class ReportSender {
  constructor(
    private readonly deps: ReportSenderDeps,
    private readonly reporter: Reporter,
    private readonly random: () => number = Math.random,
  ) {}

  /** What `signal` ends goes on at the next step. */
  async step(signal: AbortSignal): Promise<void> {
    const { database, now } = this.deps
    await database.tidy('forget', dayOf(now() - keptDays * day))
    await this.beginAll(signal)
    for (;;) {
      const due = database.dueReports(now(), atOnce)
      if (due.length === 0) return
      for (const report of due) {
        if (signal.aborted) return
        await this.deliver(report, signal)
      }
    }
  }

  /** A node may have sent to a hundred thousand destinations in a day. */
  private async beginAll(signal: AbortSignal): Promise<void> {
    for (let begun = 1; begun > 0;) {
      begun = 0
      for (const { day, domain } of this.deps.database.unreported(dayOf(this.deps.now()), atOnce)) {
        if (signal.aborted) return
        if (await this.begin(day, domain)) begun++
      }
    }
  }

  /** False: it cannot be known now whether a report is wanted. */
  private async begin(day: string, domain: string): Promise<boolean> {
    const { database, resolver, now } = this.deps
    let uris: string[]
    try {
      uris = reportUris((await resolver.resolveTxt(`_smtp._tls.${domain}`)).records)
    } catch (error) {
      // Asked again at the next step, until the day is forgotten.
      if ((error as { code?: string }).code !== 'ENOTFOUND') return false
      uris = []
    }
    const reports = uris.map((uri): Report => {
      const dueAt = Math.round(now() + this.random() * spreadMs)
      return { id: randomUUID(), day, domain, uri, attempts: 0, dueAt }
    })
    await database.write('beginReports', { day, domain, reports })
    return true
  }

  private async deliver(report: Report, signal: AbortSignal): Promise<void> {
    const { database, logger, now } = this.deps
    try {
      const body = reportBody(report, database.results(report.day, report.domain), this.reporter)
      const to = mailAddress(report.uri)
      if (to === null) await this.post(report, body, signal)
      else await this.mail(report, body, to)
      await database.write('endReport', report.id)
    } catch (error) {
      if (signal.aborted) return
      logger.info({ err: error, domain: report.domain, uri: report.uri }, 'a TLS report was not taken')
      if (report.attempts + 1 >= maxAttempts) await database.write('endReport', report.id)
      else await database.write('retryReport', { id: report.id, dueAt: now() + retryMs })
    }
  }

  private async mail(report: Report, body: Buffer, to: string): Promise<void> {
    const { directory, enqueue, logger, now } = this.deps
    const domain = directory.domain(this.reporter.domain)
    const at = new Date(now())
    const unsigned = reportMessage(report, body, to, this.reporter, at)
    const end = headerEnd(unsigned)
    const signer = domain ? signerFor(domain, unsigned.subarray(0, end), at, logger) : null
    // Section 3: without a signature nobody may believe it.
    if (!domain || !signer) throw new Error(`${this.reporter.domain} has no DKIM key on this node`)
    signer.update(unsigned.subarray(end))
    const buffer = Buffer.concat([await signer.finish(), unsigned])
    const size = buffer.length
    const about = { messageId: `${report.id}@${this.reporter.domain}`, subject: `Report Domain: ${report.domain}` }
    const queued = { type: 'QUEUED', at: Math.round(now()), direction: 'OUT', sender: '', recipient: to, size } as const
    await enqueue({
      transactionId: report.id,
      reversePath: '',
      recipients: [{ address: to, domainId: domain.id }],
      content: { size, buffer },
      ...about,
      events: [{ ...queued, ...about, transactionId: report.id, domainId: domain.id }],
      request: { ret: null, envelopeId: null, tls: 'OPTIONAL' },
    })
  }

  /** Section 5.4. */
  private post({ uri }: Report, body: Buffer, signal: AbortSignal): Promise<void> {
    const { resolver, ca, mayReach } = this.deps
    return new Promise((resolve, reject) => {
      const outgoing = request(
        httpsUrl(uri)!,
        {
          method: 'POST',
          agent: false,
          lookup: outgoingLookup(resolver, mayReach),
          signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMs)]),
          headers: { 'content-type': 'application/tlsrpt+gzip', 'content-length': body.length },
          ...(ca && { ca }),
        },
        (response) => {
          const { statusCode = 0 } = response
          // What it says besides is of no interest.
          response.destroy()
          if (statusCode >= 200 && statusCode < 300) resolve()
          else reject(new Error(`the host answered ${statusCode}`))
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
  }
}
