/** IMAP and POP3 by hand, over TLS, without a library that would connect again or retry: an answer is an answer, or `closed`. */
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'

export interface Listed {
  uid: number
  flags: string
  subject: string
}

export class LineClient {
  private text = ''
  private ended = false
  private wake: () => void = () => undefined
  private tag = 0

  private constructor(private readonly socket: TLSSocket) {
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      this.text += chunk
      this.wake()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.ended = true
      this.wake()
    })
  }

  private static async open(port: number): Promise<LineClient> {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    const client = new LineClient(socket)
    await Promise.race([once(socket, 'secureConnect'), once(socket, 'close')]).catch(() => undefined)
    await client.until(/\r\n/)
    return client
  }

  static async signIn(port: number, login: string, password: string): Promise<LineClient> {
    const client = await LineClient.open(port)
    await client.command(`LOGIN ${login} ${password}`)
    await client.command('SELECT INBOX')
    return client
  }

  static async signInPop3(port: number, login: string, password: string): Promise<LineClient> {
    const client = await LineClient.open(port)
    await client.pop3(`USER ${login}`)
    await client.pop3(`PASS ${password}`)
    return client
  }

  /** Everything up to the tagged answer. Throws where that is not OK. */
  async command(text: string): Promise<string> {
    const tag = `a${++this.tag}`
    this.socket.write(`${tag} ${text}\r\n`)
    const answer = await this.until(new RegExp(`(?:^|\\r\\n)${tag} .*\\r\\n`))
    if (!answer.includes(`${tag} OK`)) throw new Error(answer.slice(-200))
    return answer
  }

  async pop3(text: string): Promise<void> {
    this.socket.write(`${text}\r\n`)
    const answer = await this.until(/\r\n/)
    if (!answer.startsWith('+OK')) throw new Error(answer)
  }

  /** All messages of a mailbox, which is selected from now on. */
  async list(mailbox: string): Promise<Listed[]> {
    await this.command(`SELECT ${mailbox}`)
    const answer = await this.command('UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])')
    return [...answer.matchAll(/UID (\d+) FLAGS \(([^)]*)\)[^\r]*\r\nSubject: (\w+)\r\n/gi)].map((match) => ({
      uid: Number(match[1]),
      flags: match[2]!,
      subject: match[3]!,
    }))
  }

  close(): void {
    this.socket.destroy()
  }

  private async until(end: RegExp): Promise<string> {
    for (;;) {
      const found = end.exec(this.text)
      if (found) {
        const length = found.index + found[0].length
        const answer = this.text.slice(0, length)
        this.text = this.text.slice(length)
        return answer
      }
      if (this.ended) throw new Error('closed')
      await new Promise<void>((resolve) => (this.wake = resolve))
    }
  }
}
