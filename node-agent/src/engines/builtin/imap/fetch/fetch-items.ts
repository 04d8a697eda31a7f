/** The data items of FETCH (RFC 3501 section 6.4.5, RFC 3516, RFC 7162, RFC 8474, RFC 8970), parsed. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { formatString } from '../codec/response-text.js'
import { bad } from '../errors.js'

export type SectionText = '' | 'HEADER' | 'HEADER.FIELDS' | 'HEADER.FIELDS.NOT' | 'TEXT' | 'MIME'

export interface Section {
  /** Part numbers, such as [1, 2] for `1.2`; empty for the message itself. */
  part: number[]
  text: SectionText
  /** In capitals. */
  fields: string[]
}

export type PartialRange = { offset: number; length: number } | null

export interface SectionItem {
  type: 'SECTION'
  /** As it is named in the response. */
  label: string
  section: Section
  partial: PartialRange
  /** Leaves \Seen as it is. */
  peek: boolean
}

/** RFC 3516. */
export interface BinaryItem {
  type: 'BINARY'
  label: string
  part: number[]
  partial: PartialRange
  peek: boolean
}

export interface BinarySizeItem {
  type: 'BINARY.SIZE'
  label: string
  part: number[]
}

/** RFC 8970. */
export interface PreviewItem {
  type: 'PREVIEW'
  label: 'PREVIEW'
  /** Only where it can be told at once. */
  lazy: boolean
}

/** What the message itself must be read for. */
export type ContentItem = SectionItem | BinaryItem | BinarySizeItem | PreviewItem

const plainItems = [
  'FLAGS',
  'UID',
  'INTERNALDATE',
  'RFC822.SIZE',
  'ENVELOPE',
  'BODYSTRUCTURE',
  'BODY',
  'MODSEQ',
  'EMAILID',
  'THREADID',
  'SAVEDATE',
] as const
type PlainItemType = (typeof plainItems)[number]
export type PlainItem = { type: PlainItemType }
export type FetchItem = PlainItem | ContentItem

export const isContentItem = (item: FetchItem): item is ContentItem => 'label' in item

const macros: Record<string, PlainItemType[]> = {
  FAST: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE'],
  ALL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE'],
  FULL: ['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY'],
}

const legacySections: Record<string, { text: SectionText; peek: boolean }> = {
  RFC822: { text: '', peek: false },
  'RFC822.HEADER': { text: 'HEADER', peek: true },
  'RFC822.TEXT': { text: 'TEXT', peek: false },
}

/** Bounds the work of one response. */
const maxItems = 200
const itemName = /[A-Z0-9.]+/iy

export function readFetchItems(args: ArgumentCursor): FetchItem[] {
  if (args.peek() === '(') {
    const items = args.list(() => readItem(args))
    if (items.length === 0 || items.length > maxItems) throw bad('Expected one to 200 data items')
    return items
  }
  const macro = args.match(/(?:ALL|FAST|FULL)(?=$| )/iy)
  if (macro) return macros[macro[0].toUpperCase()]!.map((type) => ({ type }))
  return [readItem(args)]
}

function readItem(args: ArgumentCursor): FetchItem {
  const name = args.match(itemName)?.[0].toUpperCase() ?? ''
  if ((name === 'BODY' || name === 'BODY.PEEK') && args.take('[')) return readSectionItem(args, name === 'BODY.PEEK')
  if (/^BINARY(?:\.PEEK|\.SIZE)?$/.test(name) && args.take('[')) return readBinaryItem(args, name)
  if (name === 'PREVIEW') return { type: 'PREVIEW', label: 'PREVIEW', lazy: args.match(/ \(LAZY\)/iy) !== null }
  if (Object.hasOwn(legacySections, name)) {
    const { text, peek } = legacySections[name]!
    return { type: 'SECTION', label: name, section: { part: [], text, fields: [] }, partial: null, peek }
  }
  const type = plainItems.find((item) => item === name)
  if (!type) throw bad('Unknown data item')
  return { type }
}

function readSectionItem(args: ArgumentCursor, peek: boolean): SectionItem {
  const section = readSection(args)
  args.expect(']')
  const partial = readPartial(args)
  const label = `BODY[${formatSection(section)}]${partial ? `<${partial.offset}>` : ''}`
  return { type: 'SECTION', label, section, partial, peek }
}

function readBinaryItem(args: ArgumentCursor, name: string): BinaryItem | BinarySizeItem {
  const part = readPart(args)
  args.expect(']')
  const section = `[${part.join('.')}]`
  if (name === 'BINARY.SIZE') return { type: 'BINARY.SIZE', label: `BINARY.SIZE${section}`, part }
  const partial = readPartial(args)
  const label = `BINARY${section}${partial ? `<${partial.offset}>` : ''}`
  return { type: 'BINARY', label, part, partial, peek: name === 'BINARY.PEEK' }
}

const partNumbers = /[1-9]\d{0,9}(?:\.[1-9]\d{0,9})*/y
const sectionText = /HEADER(?:\.FIELDS(?:\.NOT)?)?|TEXT|MIME/iy

function readSection(args: ArgumentCursor): Section {
  const part = readPart(args)
  if (part.length > 0 && !args.take('.')) return { part, text: '', fields: [] }
  const match = args.match(sectionText)
  if (!match) {
    if (part.length > 0) throw bad('Expected a section text')
    return { part, text: '', fields: [] }
  }
  const text = match[0].toUpperCase() as SectionText
  if (text === 'MIME' && part.length === 0) throw bad('MIME needs a part number')
  if (!text.startsWith('HEADER.FIELDS')) return { part, text, fields: [] }
  args.space()
  const fields = args.list(() => args.astring().toString('latin1').toUpperCase())
  if (fields.length === 0) throw bad('Expected a field name')
  return { part, text, fields }
}

const readPart = (args: ArgumentCursor): number[] => args.match(partNumbers)?.[0].split('.').map(Number) ?? []

function readPartial(args: ArgumentCursor): PartialRange {
  if (!args.take('<')) return null
  const offset = args.number()
  args.expect('.')
  const length = args.number()
  if (length === 0) throw bad('A partial fetch takes at least one octet')
  args.expect('>')
  return { offset, length }
}

const fieldAtom = /^[A-Z0-9_.!#$&'+/:;<=>?@^`|~-]+$/

function formatSection({ part, text, fields }: Section): string {
  const path = [...part.map(String), ...(text === '' ? [] : [text])].join('.')
  if (fields.length === 0) return path
  return `${path} (${fields.map((field) => (fieldAtom.test(field) ? field : formatString(field))).join(' ')})`
}
