/** A TLS report (RFC 8460): where a domain wants it, what it says, and the message that brings it. */
import { gzipSync } from 'node:zlib'
import { dateTime } from '../../message/date-time.js'
import type { Report, ResultCount } from './transport-operations.js'

export interface Reporter {
  /** Whose name the reports are in; its keys sign those that go by mail. */
  domain: string
  organization: string
  contact: string
}

const maxUris = 5
const maxUri = 500

/** The addresses in the one record among the TXT records at `_smtp._tls.<domain>` (section 3); none where it wants no report. */
export function reportUris(texts: string[]): string[] {
  const records = texts.filter((text) => /^v=TLSRPTv1[ \t]*(?:;|$)/.test(text))
  if (records.length !== 1) return []
  const rua = records[0]!.split(';').flatMap((field) => /^[ \t]*rua[ \t]*=(.*)$/s.exec(field)?.[1] ?? [])
  if (rua.length !== 1) return []
  const uris = rua[0]!.split(',').map((uri) => uri.trim())
  const usable = uris.filter((uri) => uri.length <= maxUri && (mailAddress(uri) !== null || httpsUrl(uri) !== null))
  return [...new Set(usable)].slice(0, maxUris)
}

/** Of a `mailto:` URI, without what may follow it; commas and exclamation marks come encoded. */
export function mailAddress(uri: string): string | null {
  const [, encoded] = /^mailto:([^?]+)/i.exec(uri) ?? []
  if (encoded === undefined) return null
  try {
    const address = decodeURIComponent(encoded)
    return /^[^\s@<>"(),:;\\[\]\u0000-\u0020\u007f]+@[A-Za-z0-9.-]+$/.test(address) ? address : null
  } catch {
    return null
  }
}

/** A host by name: an address would prove nothing by its certificate. */
export function httpsUrl(uri: string): URL | null {
  if (!/^https:\/\//i.test(uri) || !URL.canParse(uri)) return null
  const url = new URL(uri)
  const named = !/^[\d.]+$|^\[/.test(url.hostname)
  return named && url.username === '' && url.password === '' ? url : null
}

const count = (results: ResultCount[]): number => results.reduce((sum, { sessions }) => sum + sessions, 0)

/** Section 4.4, compressed. */
export function reportBody({ id, day }: Report, results: ResultCount[], reporter: Reporter): Buffer {
  const policies = [...new Set(results.map(({ policy }) => policy))].map((policy) => {
    const of = results.filter((result) => result.policy === policy)
    const failures = of.filter(({ failure }) => failure !== '')
    return {
      policy: JSON.parse(policy) as object,
      summary: {
        'total-successful-session-count': count(of) - count(failures),
        'total-failure-session-count': count(failures),
      },
      ...(failures.length > 0 && {
        'failure-details': failures.map(({ failure, sessions }) => ({
          ...(JSON.parse(failure) as object),
          'failed-session-count': sessions,
        })),
      }),
    }
  })
  return gzipSync(
    JSON.stringify({
      'organization-name': reporter.organization,
      'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
      'contact-info': reporter.contact,
      'report-id': id,
      policies,
    }),
  )
}

/** Section 5.3; not signed yet. */
export function reportMessage(report: Report, body: Buffer, to: string, reporter: Reporter, at: Date): Buffer {
  const { id, domain, day } = report
  const boundary = `tls-report-${id}`
  const from = Date.parse(`${day}T00:00:00Z`) / 1_000
  const file = `${reporter.domain}!${domain}!${from}!${from + 86_399}!${id}.json.gz`
  const lines = [
    `Date: ${dateTime(at)}`,
    `From: <noreply-tls-reports@${reporter.domain}>`,
    `To: <${to}>`,
    `Subject: Report Domain: ${domain} Submitter: ${reporter.domain} Report-ID: <${id}@${reporter.domain}>`,
    `Message-ID: <${id}@${reporter.domain}>`,
    'Auto-Submitted: auto-generated',
    `TLS-Report-Domain: ${domain}`,
    `TLS-Report-Submitter: ${reporter.domain}`,
    // RFC 8689 section 3: what tells of broken TLS must not be stopped by it.
    'TLS-Required: No',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type="tlsrpt"; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=us-ascii',
    '',
    `This is a report of TLS sessions with ${domain} on ${day} (UTC), by ${reporter.domain}.`,
    '',
    `--${boundary}`,
    'Content-Type: application/tlsrpt+gzip',
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment;\r\n\tfilename="${file}"`,
    '',
    ...(body.toString('base64').match(/.{1,76}/g) ?? []),
    `--${boundary}--`,
    '',
  ]
  return Buffer.from(lines.join('\r\n'))
}
