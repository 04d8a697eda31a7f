/** Replies (RFC 5321 section 4.2) of a host that may be hostile: lines, their number and their sum are bounded, and so is the wait. */
import type { ClientConnection } from '../../net/index.js'

export interface Reply {
  code: number
  /** All lines, as they came. */
  text: string
}

/** The host does not speak SMTP, or has lost step with us. */
export class ProtocolError extends Error {
  override name = 'ProtocolError'
}

/** RFC 5321 section 4.5.3.1.5 says 512 octets; hosts in use say more, above all with links in their refusals. */
const maxLine = 4_096
const maxLines = 100
const maxTotal = 32 * 1024

const replyLine = /^([2-5]\d\d)(?:([ -])(.*))?$/s

/** `timeoutMs` is for the whole reply: one line after the other does not prolong it. */
export async function readReply(connection: ClientConnection, timeoutMs: number): Promise<Reply> {
  const deadline = performance.now() + timeoutMs
  const lines: string[] = []
  let code: string | null = null
  let total = 0
  for (;;) {
    connection.idleTimeoutMs = Math.max(0, deadline - performance.now())
    const line = await connection.readLine(maxLine)
    if (line === null) throw new ProtocolError('the host closed the connection')
    const text = line.toString('utf8')
    const parts = replyLine.exec(text)
    if (parts === null) throw new ProtocolError('the host does not speak SMTP')
    if (code !== null && parts[1] !== code) throw new ProtocolError('a reply of several lines has several codes')
    code = parts[1]!
    lines.push(text)
    total += line.length
    if (lines.length > maxLines || total > maxTotal) throw new ProtocolError('a reply is too long')
    if (parts[2] !== '-') return { code: Number(code), text: lines.join('\r\n') }
  }
}

export const accepted = ({ code }: Reply): boolean => code >= 200 && code < 300
