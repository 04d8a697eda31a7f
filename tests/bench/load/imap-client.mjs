/**
 * An IMAP client that does as little as it can: it finds line ends, skips literals without copying them, and decodes only
 * tagged lines, so that the server and not the client is measured. Commands may be pipelined.
 */
import { openSocket } from './line-socket.mjs'

const lineFeed = 10
const closingBrace = 125
const star = 42
const plus = 43

export class ImapClient {
  octets = 0
  /** Untagged lines are decoded only for somebody who listens. */
  onUntagged = null
  #tag = 0
  #literal = 0
  #carry = null
  #waiting = []
  #continued = null
  #greeted

  static async open(port, localAddress) {
    const client = new ImapClient()
    client.socket = await openSocket(port, localAddress)
    const greeting = new Promise((resolve) => (client.#greeted = resolve))
    client.socket.on('data', (chunk) => client.#read(chunk))
    client.socket.on('error', () => undefined)
    client.socket.on('close', () => {
      for (const { reject } of client.#waiting.splice(0)) reject(new Error('the server closed the connection'))
    })
    await greeting
    return client
  }

  static async signIn(port, user, { mailbox, localAddress } = {}) {
    const client = await ImapClient.open(port, localAddress)
    await client.command(`LOGIN ${user.login} ${user.password}`)
    if (mailbox) await client.command(`SELECT ${mailbox}`)
    return client
  }

  /** Rejects where the answer is not OK. */
  command(text) {
    const tag = `a${++this.#tag}`
    this.socket.write(`${tag} ${text}\r\n`)
    return new Promise((resolve, reject) => this.#waiting.push({ tag, text, resolve, reject }))
  }

  append(mailbox, octets) {
    return this.command(`APPEND ${mailbox} {${octets.length}+}\r\n${octets}`)
  }

  async idle() {
    const continued = new Promise((resolve) => (this.#continued = resolve))
    void this.command('IDLE').catch(() => undefined)
    await continued
  }

  close() {
    this.socket.destroy()
  }

  #read(chunk) {
    this.octets += chunk.length
    let data = chunk
    if (this.#carry) {
      data = Buffer.concat([this.#carry, chunk])
      this.#carry = null
    }
    for (let at = 0; ;) {
      if (this.#literal > 0) {
        const skipped = Math.min(this.#literal, data.length - at)
        this.#literal -= skipped
        at += skipped
        if (this.#literal > 0) return
      }
      const end = data.indexOf(lineFeed, at)
      if (end === -1) {
        if (at < data.length) this.#carry = data.subarray(at)
        return
      }
      if (data[end - 2] === closingBrace && end - 2 > at) {
        this.#literal = Number(data.latin1Slice(data.lastIndexOf(0x7b, end - 2) + 1, end - 2)) || 0
        if (data[at] === star) this.onUntagged?.(data.latin1Slice(at, end - 1))
      } else this.#line(data, at, end - 1)
      at = end + 1
    }
  }

  #line(data, start, end) {
    if (this.#greeted) {
      this.#greeted()
      this.#greeted = null
    } else if (data[start] === star) this.onUntagged?.(data.latin1Slice(start, end))
    else if (data[start] === plus) this.#continued?.()
    else this.#tagged(data.latin1Slice(start, end))
  }

  #tagged(line) {
    const { tag } = this.#waiting[0] ?? {}
    // The rest of a response after a literal begins with neither a star nor a tag.
    if (tag === undefined || !line.startsWith(`${tag} `)) return
    const { text, resolve, reject } = this.#waiting.shift()
    if (line.startsWith(`${tag} OK`)) resolve(line)
    else reject(new Error(`${text.slice(0, 60)}: ${line}`))
  }
}
