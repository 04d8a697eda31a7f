/** What one attempt came to, for one recipient. A remote host's words are hostile: short, one line, no controls. */

export interface Outcome {
  /** `removed`: by an administrator, and nobody is told. */
  kind: 'relayed' | 'deferred' | 'failed' | 'removed'
  replyCode: number | null
  /** Enhanced status code (RFC 3463). */
  status: string
  text: string
  /** The host that answered, or null where nobody did. */
  remoteHost: string | null
  tls: string | null
  /** Who demanded how it was secured, and what was amiss where that was only looked at; null where nobody did. */
  tlsPolicy?: string | null
  /** The host tells the sender of what becomes of it (RFC 3461 section 5.2.1). */
  takesNotification?: boolean
}

const enhanced = /^([245]\.\d{1,3}\.\d{1,3})(?: |$)/

const publicLine = (text: string): string =>
  text
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
    .trim()
    .slice(0, 512)

/** From an SMTP reply of one or more lines. Whatever is not 2xx or 5xx may pass (RFC 5321 section 4.2.1). */
export function outcomeOfReply(reply: string, remoteHost: string, tls: string | null): Outcome {
  const replyCode = /^\d{3}/.test(reply) ? Number(reply.slice(0, 3)) : 0
  const lines = reply
    .split(/\r?\n/)
    .slice(0, 20)
    .map((line) => line.replace(/^\d{3}[ -]?/, ''))
  const found = enhanced.exec(lines[0] ?? '')?.[1]
  const kind =
    replyCode >= 200 && replyCode < 300 ? 'relayed' : replyCode >= 500 && replyCode < 600 ? 'failed' : 'deferred'
  const digit = { relayed: '2', deferred: '4', failed: '5' }[kind]
  // A code of another class than the reply's is a remote error: the reply decides.
  const status = found?.startsWith(digit) ? found : `${digit}.0.0`
  const valid = replyCode >= 200 && replyCode <= 599
  return { kind, replyCode: valid ? replyCode : null, status, text: publicLine(reply), remoteHost, tls }
}

export const deferred = (status: string, text: string, remoteHost: string | null = null): Outcome => ({
  kind: 'deferred',
  replyCode: null,
  status,
  text: publicLine(text),
  remoteHost,
  tls: null,
})

export const failed = (status: string, text: string, remoteHost: string | null = null): Outcome => ({
  ...deferred(status, text, remoteHost),
  kind: 'failed',
})

export const removed = (text: string): Outcome => ({ ...deferred('5.7.0', text), kind: 'removed' })
