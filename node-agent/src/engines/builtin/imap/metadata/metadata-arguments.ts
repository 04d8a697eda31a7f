/** The arguments of GETMETADATA, and the names of entries (RFC 5464 sections 3.2 and 5). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad, no } from '../errors.js'

export type Depth = 0 | 1 | 'infinity'

export interface MetadataArguments {
  name: string
  /** In small letters, each once. */
  entries: string[]
  depth: Depth
  maxSize: number
}

interface Options {
  depth: Depth
  maxSize: number
}

const maxEntries = 100
const maxEntryName = 255

const depths: Record<string, Depth> = { '0': 0, '1': 1, INFINITY: 'infinity' }
/** ASCII without controls and wildcards, and no level that is empty. */
const entryName = /^\/(?:private|shared)(?:\/[^\0-\x1f\x7f-\xff*%/]+)*$/

/** The grammar has the options before the mailbox, the examples of the RFC behind it: both are taken. */
export function readMetadataArguments(args: ArgumentCursor): MetadataArguments {
  args.space()
  let options: Options | null = null
  if (args.peek() === '(') {
    options = readOptions(args)
    args.space()
  }
  const name = args.mailbox()
  args.space()
  if (options === null && args.looksAt(/\((?:MAXSIZE|DEPTH) /iy)) {
    options = readOptions(args)
    args.space()
  }
  const entries = args.peek() === '(' ? readEntries(args) : [readEntry(args)]
  args.end()
  return { name, entries, depth: options?.depth ?? 0, maxSize: options?.maxSize ?? Infinity }
}

function readOptions(args: ArgumentCursor): Options {
  const options: Options = { depth: 0, maxSize: Infinity }
  const read = args.list(() => {
    const option = args.keyword()
    args.space()
    if (option === 'MAXSIZE') options.maxSize = args.number()
    else if (option === 'DEPTH') {
      const depth = depths[args.keyword()]
      if (depth === undefined) throw bad('DEPTH is 0, 1 or infinity')
      options.depth = depth
    } else throw bad('Unknown option')
  })
  if (read.length === 0) throw bad('Expected an option')
  return options
}

/** Each once. */
export function readEntries(args: ArgumentCursor): string[] {
  const entries = args.list(() => readEntry(args))
  if (entries.length === 0 || entries.length > maxEntries) throw bad('Expected one to 100 entries')
  return [...new Set(entries)]
}

/** Their case means nothing (RFC 5464 section 3.2). */
export function readEntry(args: ArgumentCursor): string {
  const entry = args.astring().toString('latin1').toLowerCase()
  if (entry.length > maxEntryName) throw no('LIMIT', 'The name of the entry is too long')
  if (!entryName.test(entry)) throw bad('Entries are below /private/ or /shared/')
  return entry
}
