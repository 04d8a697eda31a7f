/** Takes the lines of one header and keeps the fields that somebody asks for, within limits. */
import { limits } from './limits.js'

const partFields = [
  'content-type',
  'content-transfer-encoding',
  'content-id',
  'content-description',
  'content-disposition',
  'content-language',
  'content-location',
  'content-md5',
]
const addressFields = ['from', 'sender', 'reply-to', 'to', 'cc', 'bcc']
const messageFields = ['date', 'subject', 'in-reply-to', 'message-id', ...addressFields]

const limitOf = new Map<string, number>([
  ...[...partFields, ...messageFields].map((name): [string, number] => [name, limits.otherField]),
  ...addressFields.map((name): [string, number] => [name, limits.addressField]),
])
const ofParts = new Set(partFields)

/** How many octets the parser keeps for all headers of a message together. */
export interface Budget {
  left: number
}

/** A line is looked at up to here, so that no field keeps more. */
export const maxLineLength = limits.addressField

export class FieldCollector {
  readonly fields = new Map<string, string>()
  private lines = 0
  private name: string | null = null
  private pieces: string[] = []
  private room = 0

  constructor(
    readonly ofMessage: boolean,
    private readonly budget: Budget,
  ) {}

  /** Further lines are not looked at. */
  get full(): boolean {
    return this.lines >= limits.headerLines
  }

  /** A line without its end, at most `maxLineLength` of it; not the empty one. */
  line(octets: Buffer): void {
    if (this.full) return
    this.lines += 1
    if (octets[0] === 0x20 || octets[0] === 0x09) return this.keep(octets)
    this.finish()
    // A name is short: do not search a long line for its colon.
    const colon = octets.subarray(0, 128).indexOf(0x3a)
    if (colon <= 0) return
    const name = octets.toString('latin1', 0, colon).trimEnd().toLowerCase()
    const limit = limitOf.get(name)
    if (limit === undefined || this.fields.has(name) || !(this.ofMessage || ofParts.has(name))) return
    this.name = name
    this.room = Math.min(limit, this.budget.left)
    this.keep(octets.subarray(colon + 1))
  }

  finish(): void {
    if (this.name === null) return
    let value = this.pieces.join('')
    // Cut off in mid-list: half an address would be another one.
    if (this.room <= 0 && addressFields.includes(this.name)) value = value.slice(0, value.lastIndexOf(',') + 1)
    this.fields.set(this.name, value.trim())
    this.name = null
    this.pieces = []
  }

  private keep(octets: Buffer): void {
    if (this.name === null || this.room <= 0) return
    const kept = octets.toString('latin1', 0, this.room)
    this.pieces.push(kept)
    this.room -= kept.length
    this.budget.left -= kept.length
  }
}
