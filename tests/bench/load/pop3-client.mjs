/** A POP3 client that counts: one RETR after the other, the end of a message found by its octets. */
import { openSocket } from './line-socket.mjs'

const end = Buffer.from('\r\n.\r\n')

export class Pop3Client {
  #wake = null
  #pending = Buffer.alloc(0)

  static async signIn(port, user) {
    const client = new Pop3Client()
    client.socket = await openSocket(port)
    client.socket.on('data', (chunk) => {
      client.#pending = client.#pending.length === 0 ? chunk : Buffer.concat([client.#pending, chunk])
      client.#wake?.()
    })
    client.socket.on('error', () => undefined)
    client.socket.on('close', () => client.#wake?.())
    await client.#reply()
    await client.command(`USER ${user.login}`)
    await client.command(`PASS ${user.password}`)
    return client
  }

  async command(text) {
    this.socket.write(`${text}\r\n`)
    return this.#reply()
  }

  async retrieve(number) {
    this.socket.write(`RETR ${number}\r\n`)
    const octets = await this.#until(end)
    if (octets[0] !== 0x2b) throw new Error(octets.subarray(0, 100).toString())
    return octets.length
  }

  async quit() {
    await this.command('QUIT').catch(() => undefined)
    this.socket.destroy()
  }

  async #reply() {
    const line = (await this.#until(Buffer.from('\r\n'))).toString()
    if (!line.startsWith('+OK')) throw new Error(line)
    return line
  }

  async #until(mark) {
    for (;;) {
      const at = this.#pending.indexOf(mark)
      if (at !== -1) {
        const taken = this.#pending.subarray(0, at + mark.length)
        this.#pending = this.#pending.subarray(at + mark.length)
        return taken
      }
      if (this.socket.destroyed) throw new Error('the server closed the connection')
      await new Promise((resolve) => (this.#wake = resolve))
    }
  }
}
