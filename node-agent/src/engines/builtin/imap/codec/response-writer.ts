/**
 * Collects response octets and hands them on in large writes. `flush` waits for the connection's back-pressure, so that a
 * slow reader costs one buffer and not the whole response.
 */

/** What is collected before a drain sends it. */
const highWater = 64 * 1024

export class ResponseWriter {
  private text = ''
  private chunks: Buffer[] = []
  private collected = 0

  constructor(private readonly send: (data: Buffer) => Promise<void>) {}

  /** Text is one character per octet. */
  write(text: string): void {
    this.text += text
  }

  line(text: string): void {
    this.text += text + '\r\n'
  }

  octets(octets: Buffer): void {
    this.settle()
    this.chunks.push(octets)
    this.collected += octets.length
  }

  /** A literal that is in memory. */
  literal(octets: Buffer): void {
    this.write(`{${octets.length}}\r\n`)
    this.octets(octets)
  }

  get isFull(): boolean {
    return this.collected + this.text.length >= highWater
  }

  /** Sends when enough has come together; call it at the end of each response of a long row. */
  async drain(): Promise<void> {
    if (this.isFull) await this.flush()
  }

  async flush(): Promise<void> {
    this.settle()
    if (this.collected === 0) return
    const data = this.chunks.length === 1 ? this.chunks[0]! : Buffer.concat(this.chunks, this.collected)
    this.chunks = []
    this.collected = 0
    await this.send(data)
  }

  private settle(): void {
    if (this.text === '') return
    const octets = Buffer.from(this.text, 'latin1')
    this.text = ''
    this.chunks.push(octets)
    this.collected += octets.length
  }
}
