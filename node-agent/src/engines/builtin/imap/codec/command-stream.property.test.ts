/** Any command that a client may print is read back as what was meant, and nothing within one is ever read as another. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Goodbye, ImapError } from '../errors.js'
import { ArgumentCursor } from './argument-cursor.js'
import { readCommand, type CommandInput, type ReadResult } from './command-reader.js'
import { formatRanges, parseSequenceSet } from './sequence-set.js'

/** The end of what the client says. */
class EndOfScript extends Error {}

/** A client that says all of this, in pieces of any size where the reader leaves the size open. */
class Script implements CommandInput {
  private at = 0
  constructor(private readonly octets: Buffer) {}
  async readLine(max: number): Promise<Buffer | null> {
    if (this.at === this.octets.length) return null
    const end = this.octets.indexOf('\r\n', this.at)
    if (end < 0 || end - this.at > max) throw new EndOfScript()
    const line = this.octets.subarray(this.at, end)
    this.at = end + 2
    return line
  }
  async readExact(length: number): Promise<Buffer> {
    if (this.octets.length - this.at < length) throw new EndOfScript()
    return this.octets.subarray(this.at, (this.at += length))
  }
  async readChunk(max: number): Promise<Buffer | null> {
    const chunk = this.octets.subarray(this.at, this.at + Math.min(max, 13))
    this.at += chunk.length
    return chunk.length === 0 ? null : chunk
  }
}

const limits = { line: 65_536, literal: 300, literals: 2_000, dropped: 5_000 }

async function readAll(text: string): Promise<{ reads: NonNullable<ReadResult>[]; end: unknown }> {
  const input = new Script(Buffer.from(text, 'latin1'))
  const reads: NonNullable<ReadResult>[] = []
  try {
    for (;;) {
      const read = await readCommand(input, {
        limits: () => limits,
        continueLiteral: async () => undefined,
        isMessage: () => false,
        admitMessage: async () => undefined,
        receiveMessage: async () => Promise.reject(new Error('no message is expected')),
      })
      if (read === null) return { reads, end: null }
      reads.push(read)
    }
  } catch (error) {
    return { reads, end: error }
  }
}

/** An element as it stands on the wire, and how to read it again. */
interface Element {
  wire: string
  value: unknown
  read(args: ArgumentCursor): unknown
}

const letters = [...'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:$&=']
const atomText = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 12 })
const octet = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code))
const asLatin1 = (octets: Buffer): string => octets.toString('latin1')

const atom = atomText.map((text): Element => ({ wire: text, value: text, read: (args) => args.atom() }))
const number = fc
  .integer({ min: 0, max: 4_294_967_295 })
  .map((value): Element => ({ wire: String(value), value, read: (args) => args.number() }))
const quoted = fc
  .string({ unit: octet.filter((char) => char !== '\r' && char !== '\n'), maxLength: 40 })
  .map((text): Element => ({
    wire: `"${text.replace(/["\\]/g, '\\$&')}"`,
    value: text,
    read: (args) => asLatin1(args.string()),
  }))
const literal = fc
  .tuple(fc.string({ unit: fc.oneof(octet, fc.constant('\r\n')), maxLength: 60 }), fc.boolean())
  .map(([text, synchronizing]): Element => ({
    wire: `{${text.length}${synchronizing ? '' : '+'}}\r\n${text}`,
    value: text,
    read: (args) => asLatin1(args.astring()),
  }))
const flags = fc
  .array(
    fc.tuple(fc.boolean(), atomText).map(([system, text]) => (system ? `\\${text}` : text)),
    { maxLength: 5 },
  )
  .map((names): Element => ({ wire: `(${names.join(' ')})`, value: names, read: (args) => args.flagList() }))
const range = fc.tuple(fc.integer({ min: 1, max: 4_294_967_295 }), fc.integer({ min: 1, max: 4_294_967_295 }))
const sequenceSet = fc.array(range, { minLength: 1, maxLength: 6 }).map((pairs): Element => {
  const wire = pairs.map(([one, other]) => (one === other ? `${one}` : `${one}:${other}`)).join(',')
  const text = formatRanges(parseSequenceSet(wire)!)
  return { wire, value: text, read: (args) => formatRanges(args.sequenceSet()) }
})
const plain = fc.oneof(atom, number, quoted, literal, flags, sequenceSet)
const list = fc.array(fc.oneof(atom, quoted, literal), { maxLength: 4 }).map((elements): Element => {
  return {
    wire: `(${elements.map(({ wire }) => wire).join(' ')})`,
    value: elements.map(({ value }) => value),
    read: (args) => {
      const rest = [...elements]
      return args.list(() => rest.shift()!.read(args))
    },
  }
})
const tag = fc.string({ unit: fc.constantFrom(...'abcXYZ0129.-'), minLength: 1, maxLength: 8 })
const name = fc.constantFrom('NOOP', 'fetch', 'Append', 'uid STORE', 'UID Search', 'SETMETADATA', 'X')
const command = fc.record({ tag, name, elements: fc.array(fc.oneof(plain, list), { maxLength: 6 }) })

describe('commands', () => {
  it('are read as they were printed, one after the other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { minLength: 1, maxLength: 4 }), async (commands) => {
        const wire = commands.map(({ tag, name, elements }) =>
          [`${tag} ${name}`, ...elements.map((element) => element.wire)].join(' '),
        )
        const { reads, end } = await readAll(wire.map((text) => `${text}\r\n`).join(''))
        expect(end).toBeNull()
        expect(reads.map(({ command, refusal }) => [command.tag, command.name, refusal])).toEqual(
          commands.map(({ tag, name }) => [tag, name.toUpperCase(), null]),
        )
        for (const [index, { elements }] of commands.entries()) {
          const args = new ArgumentCursor(reads[index]!.command.segments)
          for (const element of elements) {
            args.space()
            expect(element.read(args)).toEqual(element.value)
          }
          args.end()
        }
      }),
      { numRuns: 600 },
    )
  })

  it('with literals of any length, wanted or not, are never read as two', async () => {
    const injected = '\r\ninner CREATE Injected\r\n'
    const body = fc
      .tuple(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 0, max: 400 }))
      .map(([before, after]) => '.'.repeat(before) + injected + '.'.repeat(after))
    const head = fc.constantFrom('outer LOGIN', 'outer SEARCH SUBJECT', 'outer', '*', '+ x', 'outer UID', '')
    await fc.assert(
      fc.asyncProperty(head, fc.array(body, { minLength: 1, maxLength: 6 }), async (head, bodies) => {
        const literals = bodies.map((text) => ` {${text.length}+}\r\n${text}`).join('')
        const { reads, end } = await readAll(`${head}${literals}\r\nlast NOOP\r\n`)
        const tags = reads.map(({ command }) => command.tag)
        expect(tags).not.toContain('inner')
        // Nothing at all, or the session ends.
        if (end === null) expect(tags.at(-1)).toBe('last')
        else expect(end).toBeInstanceOf(Goodbye)
        expect(
          reads.every(({ command }) =>
            command.segments.every((part) => typeof part === 'string' || part.type === 'octets'),
          ),
        ).toBe(true)
      }),
      { numRuns: 400 },
    )
  })

  const missingOctets = fc.oneof(fc.bigInt({ min: 1n, max: 5000n }), fc.bigInt({ min: 1n, max: 1n << 70n }))
  it('with a literal that announces more than it brings end with the connection, unanswered', async () => {
    await fc.assert(
      fc.asyncProperty(missingOctets, fc.boolean(), async (missing, known) => {
        const rest = 'inner CREATE Injected\r\n'
        const { reads, end } = await readAll(
          `${known ? 'outer LOGIN' : '('} {${BigInt(rest.length) + missing}+}\r\n${rest}`,
        )
        expect(reads).toEqual([])
        expect(end === null || end instanceof EndOfScript || end instanceof Goodbye).toBe(true)
      }),
    )
  })

  it('of any octets are read, refused or end the session', async () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        'a ',
        'UID ',
        'FETCH',
        ' ',
        '{3}',
        '{3+}',
        '{0}',
        '{99999999999}',
        '{-1}',
        '\r\n',
        '"',
        '\\',
        '(',
        ')',
      ),
      fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 20 }),
    )
    const take = [
      'astring',
      'keyword',
      'number',
      'sequenceSet',
      'flagList',
      'mailbox',
      'nstring',
      'listMailbox',
    ] as const
    await fc.assert(
      fc.asyncProperty(
        fc.array(pieces, { maxLength: 40 }),
        fc.array(fc.constantFrom(...take)),
        async (parts, takes) => {
          const { reads, end } = await readAll(parts.join('') + '\r\n')
          expect(end === null || end instanceof EndOfScript || end instanceof Goodbye).toBe(true)
          for (const { command } of reads) {
            const args = new ArgumentCursor(command.segments)
            try {
              for (const method of takes) {
                args.space()
                args[method]()
              }
              args.end()
            } catch (error) {
              expect(error).toBeInstanceOf(ImapError)
            }
          }
        },
      ),
      { numRuns: 800 },
    )
  })
})
