/** The canonical form `relaxed` of fields and bodies (RFC 6376 section 3.4), octet by octet: text is latin1 here, whatever it means. */
import { createHash } from 'node:crypto'

const [CR, LF, SPACE, TAB] = [0x0d, 0x0a, 0x20, 0x09]

/** Section 3.4.2, without the line end. */
export function relaxedField(raw: string): string {
  const colon = raw.indexOf(':')
  const name = raw.slice(0, colon).trimEnd().toLowerCase()
  const value = raw
    .slice(colon + 1)
    .replace(/\r\n/g, '')
    .replace(/[ \t]+/g, ' ')
    .replace(/^ | $/g, '')
  return `${name}:${value}`
}

/**
 * SHA-256 of a body in the form of section 3.4.4, of any length in constant memory. Lines end with CRLF; what is held back is white
 * space and empty lines, as numbers, since they only count when something follows.
 */
export class RelaxedBodyHash {
  private readonly hash = createHash('sha256')
  private readonly out = Buffer.allocUnsafe(64 * 1024)
  private used = 0
  private emptyLines = 0
  private space = false
  /** Whether the line so far has anything but white space. */
  private begun = false

  update(chunk: Buffer): void {
    for (const octet of chunk) {
      if (octet === LF) this.endLine()
      else if (octet === SPACE || octet === TAB) this.space = true
      else if (octet !== CR) {
        if (!this.begun) this.beginLine()
        // White space at the begin of a line is one space as well.
        if (this.space) this.put(SPACE)
        this.space = false
        this.put(octet)
      }
    }
  }

  /** Base64. A last line without its end has one here; a body of nothing but empty lines is empty. */
  digest(): string {
    if (this.begun) this.endLine()
    this.flush()
    return this.hash.digest('base64')
  }

  private beginLine(): void {
    for (; this.emptyLines > 0; this.emptyLines -= 1) this.putLineEnd()
    this.begun = true
  }

  private endLine(): void {
    if (this.begun) this.putLineEnd()
    else this.emptyLines += 1
    this.begun = false
    this.space = false
  }

  private putLineEnd(): void {
    this.put(CR)
    this.put(LF)
  }

  private put(octet: number): void {
    if (this.used === this.out.length) this.flush()
    this.out[this.used++] = octet
  }

  private flush(): void {
    this.hash.update(this.out.subarray(0, this.used))
    this.used = 0
  }
}
