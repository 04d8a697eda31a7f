import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Goodbye, ImapError, no } from '../errors.js'
import { ArgumentCursor } from './argument-cursor.js'
import { readCommand, type CommandHooks, type CommandInput, type ReadResult } from './command-reader.js'
import { modifiedUtf7Names } from './mailbox-names.js'
import { formatString } from './response-text.js'

/** A connection whose client has said everything already. */
class Script implements CommandInput {
  private at = 0
  constructor(private readonly octets: Buffer) {}
  async readLine(max: number): Promise<Buffer | null> {
    if (this.at >= this.octets.length) return null
    const end = this.octets.indexOf('\r\n', this.at)
    if (end < 0 || end - this.at > max) throw new Error('line too long, or the end of input within a line')
    const line = this.octets.subarray(this.at, end)
    this.at = end + 2
    return line
  }
  async readExact(length: number): Promise<Buffer> {
    if (this.octets.length - this.at < length) throw new Error('the end of input within a literal')
    return this.octets.subarray(this.at, (this.at += length))
  }
  async readChunk(max: number): Promise<Buffer | null> {
    const chunk = this.octets.subarray(this.at, this.at + Math.min(max, 7))
    this.at += chunk.length
    return chunk.length === 0 ? null : chunk
  }
}

const limits = { line: 1000, literal: 200, literals: 400, dropped: 10_000 }

function hooks(overrides: Partial<CommandHooks> = {}): CommandHooks & { continued: number } {
  const made = {
    continued: 0,
    limits: () => limits,
    continueLiteral: async () => void made.continued++,
    isMessage: () => false,
    admitMessage: async () => undefined,
    receiveMessage: async () => {
      throw new Error('no message is expected')
    },
    ...overrides,
  }
  return made
}

async function readAll(text: string | Buffer, given = hooks()): Promise<NonNullable<ReadResult>[]> {
  const input = new Script(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
  const commands: NonNullable<ReadResult>[] = []
  for (;;) {
    const read = await readCommand(input, given)
    if (read === null) return commands
    commands.push(read)
  }
}

describe('reading commands', () => {
  it('takes tag, name and arguments apart', async () => {
    const [{ command }] = (await readAll('a1 uid Fetch 1:* FLAGS\r\n')) as [NonNullable<ReadResult>]
    expect(command).toEqual({ tag: 'a1', name: 'UID FETCH', segments: [' 1:* FLAGS'] })
  })

  it('asks for a synchronizing literal and takes a non-synchronizing one', async () => {
    const given = hooks()
    const [read] = await readAll('a LOGIN {3}\r\nb c {4+}\r\nd"\\e\r\nf NOOP\r\n', given)
    const args = new ArgumentCursor(read!.command.segments)
    args.space()
    expect(args.astring().toString()).toBe('b c')
    args.space()
    expect(args.astring().toString()).toBe('d"\\e')
    args.end()
    expect(given.continued).toBe(1)
  })

  it('never reads the octets of a refused literal as a command', async () => {
    const reads = await readAll('a LOGIN {300+}\r\n' + 'x NOOP\r\n'.repeat(37) + '....' + ' y\r\nb NOOP\r\n')
    expect(reads.map(({ command }) => command.tag)).toEqual(['a', 'b'])
    expect(reads[0]!.refusal).toBeInstanceOf(ImapError)
  })

  it('takes an announcement of any size for one', async () => {
    await expect(readAll('a LOGIN {99999999999+}\r\nb NOOP\r\n')).rejects.toBeInstanceOf(Goodbye)
    const reads = await readAll(`a LOGIN {${'9'.repeat(400)}}\r\nb NOOP\r\n`)
    expect(reads.map(({ refusal }) => refusal?.condition)).toEqual(['BAD', undefined])
  })

  it('reads the literals of a line without a command too', async () => {
    const reads = await readAll('* {8+}\r\nx NOOP\r\n\r\n+ {8+}\r\nx NOOP\r\n\r\nb NOOP\r\n')
    expect(reads.map(({ command, refusal }) => [command.tag, refusal?.condition])).toEqual([
      ['*', 'BAD'],
      ['*', 'BAD'],
      ['b', undefined],
    ])
  })

  it('answers a refused synchronizing literal without asking for it', async () => {
    const given = hooks()
    const reads = await readAll('a LOGIN {201}\r\nb NOOP\r\n', given)
    expect(given.continued).toBe(0)
    expect(reads.map(({ command }) => command.tag)).toEqual(['a', 'b'])
  })

  it('ends a session that sends more refused octets than are worth reading', async () => {
    await expect(readAll('a LOGIN {9999999999+}\r\n')).rejects.toBeInstanceOf(Goodbye)
    await expect(readAll(('a LOGIN {5000+}\r\n' + '.'.repeat(5000)).repeat(3))).rejects.toThrow()
  })

  it('bounds the sum of literals and their number', async () => {
    const sum = await readAll('a X' + ' {150+}\r\n'.concat('.'.repeat(150)).repeat(3) + '\r\nb NOOP\r\n')
    expect(sum.map(({ refusal }) => refusal?.condition)).toEqual(['BAD', undefined])
    const wide = hooks({ limits: () => ({ ...limits, line: 1_000_000 }) })
    const count = await readAll('a X' + ' {0+}\r\n'.repeat(600) + '\r\nb NOOP\r\n', wide)
    expect(count.map(({ refusal }) => refusal?.condition)).toEqual(['BAD', undefined])
  })

  it('bounds the lines of a command together', async () => {
    await expect(readAll('a X' + ' {1+}\r\n.'.repeat(300) + '\r\n')).rejects.toThrow()
  })

  it('refuses NUL in a line', async () => {
    expect((await readAll('a NOOP\0\r\n'))[0]!.refusal?.condition).toBe('BAD')
  })

  it('gives the answer of a refused message, and goes on behind it', async () => {
    const given = hooks({
      isMessage: () => true,
      admitMessage: async () => {
        throw no('TOOBIG', 'Too large')
      },
    })
    const reads = await readAll('a APPEND x {8+}\r\nz NOOP\r\n\r\nb NOOP\r\n', given)
    expect(reads.map(({ command, refusal }) => [command.tag, refusal?.code])).toEqual([
      ['a', 'TOOBIG'],
      ['b', undefined],
    ])
  })

  it('neither crashes nor hangs on any octets', async () => {
    const octets = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc
        .array(
          fc.constantFrom('a ', 'UID ', 'FETCH', ' ', '{3}', '{3+}', '\r\n', '"', '\\', '(', ')', '\0', '1:*', '~'),
        )
        .map((parts) => Buffer.from(parts.join('') + '\r\n')),
    )
    await fc.assert(
      fc.asyncProperty(octets, async (bytes) => {
        await readAll(bytes).catch((error: unknown) => expect(error).toBeInstanceOf(Error))
      }),
      { numRuns: 500 },
    )
  })
})

describe('arguments', () => {
  const cursor = (text: string) => new ArgumentCursor([text])

  it('read every string that is printed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (text) => {
        fc.pre(!text.includes('\0') && !/\p{Surrogate}/u.test(text))
        // A literal comes back from the server's form with its announcement made non-synchronizing.
        const wire = formatString(text).replace(/^\{(\d+)\}/, '{$1+}')
        const [read] = await readAll(Buffer.from(`a X ${wire}\r\n`, 'latin1'))
        const args = new ArgumentCursor(read!.command.segments)
        args.space()
        expect(args.astringText()).toBe(text)
        args.end()
      }),
    )
  })

  it('read every mailbox name that is printed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), async (name) => {
        fc.pre(!/\p{Surrogate}/u.test(name) && name === name.normalize('NFC') && !/^inbox(\/|$)/i.test(name))
        const [read] = await readAll(`a X ${modifiedUtf7Names.format(name)}\r\n`)
        const args = new ArgumentCursor(read!.command.segments)
        args.space()
        expect(args.mailbox()).toBe(name)
        args.end()
      }),
    )
  })

  it.each([
    ['INBOX', 'INBOX'],
    ['inbox', 'INBOX'],
    ['Inbox/Sub', 'INBOX/Sub'],
    ['Inboxes', 'Inboxes'],
    ['"a b"', 'a b'],
  ])('the mailbox %s is %s', (wire, name) => {
    expect(cursor(wire).mailbox()).toBe(name)
  })

  it('refuse what is left over', () => {
    const args = cursor('1 x')
    args.number()
    expect(() => args.end()).toThrow(ImapError)
  })

  it('refuse an unterminated quoted string in linear time', () => {
    expect(() => cursor(`"${'\\"'.repeat(32_000)}`).astring()).toThrow(ImapError)
    expect(() => cursor('"'.padEnd(64_000, '\\')).string()).toThrow(ImapError)
  })

  it('refuse text that is not UTF-8', () => {
    expect(() => cursor('"\xff\xfe"').astringText()).toThrow(ImapError)
  })

  it('read flags and lists', () => {
    expect(cursor('(\\Seen $Forwarded)').flagList()).toEqual(['\\Seen', '$Forwarded'])
    expect(cursor('()').flagList()).toEqual([])
    expect(() => cursor('(\\Seen  x)').flagList()).toThrow(ImapError)
    expect(() => cursor('(\\*)').flagList()).toThrow(ImapError)
  })
})
