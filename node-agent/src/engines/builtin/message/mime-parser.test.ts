import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bodyStructureOf } from './body-structure.js'
import { MimeParser } from './mime-parser.js'
import type { MimePart } from './mime-part.js'
import { parseMessage } from './parse-message.js'
import { partAt } from './part-path.js'

const crlf = (text: string): Buffer => Buffer.from(text.replace(/\n/g, '\r\n'), 'latin1')

const nested = crlf(`Subject: outer
Content-Type: multipart/mixed; boundary="foo
 bar"

preamble
--foo bar
Content-Type: text/html; charset=us-ascii

hello

--foo bar
Content-Type: message/rfc822

Subject: inner
Content-Type: multipart/alternative; boundary=b2

--b2

A
--b2
Content-Type: text/html

B
second
--b2--
epilogue

--foo bar--
after
`)

const text = (octets: Buffer, { start, end }: { start: number; end: number }): string =>
  octets.toString('latin1', start, end).replace(/\r\n/g, '\n')

describe('parts by their numbers', () => {
  const tree = parseMessage(nested)
  it.each([
    [[1], 'Content-Type: text/html; charset=us-ascii\n\n', 'hello\n'],
    [[2, 1], '\n', 'A'],
    [[2, 2], 'Content-Type: text/html\n\n', 'B\nsecond'],
  ])('%j', (path, header, body) => {
    const part = partAt(tree, path)!
    expect(text(nested, part.header)).toBe(header)
    expect(text(nested, part.body)).toBe(body)
  })

  it('finds the message within, and nothing that is not there', () => {
    const message = partAt(tree, [2])!.message!
    expect(text(nested, message.header)).toBe('Subject: inner\nContent-Type: multipart/alternative; boundary=b2\n\n')
    expect(text(nested, message.body)).toMatch(/^--b2\n[^]*--b2--\nepilogue\n$/)
    for (const path of [[0], [3], [1, 1], [2, 3], [2, 1, 1]]) expect(partAt(tree, path), String(path)).toBeNull()
    expect(partAt(tree, [])).toBe(tree)
  })

  it('numbers the only part of a message 1, and those of a message in it likewise', () => {
    const plain = parseMessage(crlf('Subject: x\n\nbody\n'))
    expect(partAt(plain, [1])).toBe(plain)
    expect(partAt(plain, [2])).toBeNull()
    expect(partAt(plain, [1, 1])).toBeNull()
    const forwarded = parseMessage(crlf('Content-Type: message/rfc822\n\nSubject: y\n\ninner\n'))
    expect(partAt(forwarded, [1])).toBe(forwarded)
    expect(partAt(forwarded, [1, 1])).toBe(forwarded.message)
  })
})

describe('structure', () => {
  it.each<[string, string, string]>([
    ['no header', '\nbody\n', '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1)'],
    ['no body', 'Subject: x\n', '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)'],
    ['nothing at all', '', '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0)'],
    [
      'all fields of a part',
      'Content-Type: Text/X-Own (c); Name="a \\"b\\""; charset = utf-8 ;x\nContent-ID: <i@d>\nContent-Description: what\n' +
        'Content-Transfer-Encoding: (c) BASE64\n\nx',
      '("Text" "X-Own" ("Name" "a \\"b\\"" "charset" "utf-8") "<i@d>" "what" "BASE64" 1 0)',
    ],
    ['a type that is none', 'Content-Type: text\n\nx\n', '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 3 1)'],
    [
      'a multipart without its boundary, shown as text',
      'Content-Type: multipart/mixed; boundary=b\n\nlost\n',
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 6 1) "mixed")',
    ],
    [
      'a digest, whose parts are messages',
      'Content-Type: multipart/digest; boundary=b\n\n--b\n\nSubject: s\n\nx\n--b--\n',
      '(("message" "rfc822" NIL NIL NIL "7bit" 15 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) ' +
        '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) 2) "digest")',
    ],
    [
      'a boundary that only begins like the one',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\n\n--bb\n--b x\n--b-\n--b--\n',
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 17 2) "mixed")',
    ],
    [
      'white space behind the boundary',
      'Content-Type: multipart/mixed; boundary="b "\n\n--b \t\n\nx\n--b-- \n',
      '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed")',
    ],
    [
      'an inner multipart that is cut off by the outer one',
      'Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=i\n\n--i\n\nx\n--o\n\ny\n--o--\n',
      '((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed")' +
        '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed")',
    ],
    [
      'an inner multipart with the boundary of the outer one, which ends it',
      'Content-Type: multipart/mixed; boundary=o\n\n--o\nContent-Type: multipart/mixed; boundary=o\n\nx\n--o\n\ny\n--o--\n',
      '((("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed")' +
        '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed")',
    ],
    [
      'an empty line that ends a header and stands before a boundary',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n\n--b--\n',
      '(("message" "rfc822" NIL NIL NIL "7bit" 2 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) ' +
        '("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 0 0) 1) "mixed")',
    ],
    [
      'a header that never ends',
      'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n--b--\n',
      '(("image" "png" NIL NIL NIL "7bit" 0) "mixed")',
    ],
    [
      'octets that no quoted string holds',
      'Content-Type: a/b; n="\xe4"\n\n',
      '("a" "b" ("n" {1}\r\n\xe4) NIL NIL "7bit" 0)',
    ],
  ])('%s', (_name, message, structure) => {
    expect(bodyStructureOf(parseMessage(crlf(message)), false)).toBe(structure)
  })

  it('has the extension fields in BODYSTRUCTURE', () => {
    const part = parseMessage(
      crlf(
        'Content-Type: image/png\nContent-MD5: Q2hl\nContent-Disposition: attachment; filename="a b"; size=1\n' +
          'Content-Language: en, vi\nContent-Location: http://l\n\n',
      ),
    )
    expect(bodyStructureOf(part, true)).toBe(
      '("image" "png" NIL NIL NIL "7bit" 0 "Q2hl" ("attachment" ("filename" "a b" "size" "1")) ("en" "vi") "http://l")',
    )
  })
})

describe('any octets', () => {
  const fragment = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('--a\r\n', '--b\r\n', '--b--\r\n', '--a--\n', '\r\n', '\n') },
    {
      weight: 4,
      arbitrary: fc.constantFrom(
        'Content-Type: multipart/mixed; boundary=a\r\n\r\n',
        'Content-Type: multipart/digest; boundary="b"\r\n\r\n',
        'Content-Type: multipart/mixed; boundary=b\r\n',
        'Content-Type: message/rfc822\r\n\r\n',
        'Content-Type: text/plain; charset="x\r\n',
      ),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom('-', '--', '--a', '\r', 'From: "a (b <c@d>, e:;\r\n', ' folded\r\n', 'text\r\n'),
    },
    { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  )
  const message = fc.array(fragment, { maxLength: 30 }).map((fragments) => Buffer.from(fragments.join('')))

  const check = (part: MimePart, within: { start: number; end: number }): void => {
    expect(part.header.start).toBeGreaterThanOrEqual(within.start)
    expect(part.header.end).toBeGreaterThanOrEqual(part.header.start)
    expect(part.body.start).toBe(part.header.end)
    expect(part.body.end).toBeGreaterThanOrEqual(part.body.start)
    expect(part.body.end).toBeLessThanOrEqual(within.end)
    let from = part.body.start
    for (const child of part.children) {
      check(child, { start: from, end: part.body.end })
      from = child.body.end
    }
    if (part.message) check(part.message, part.body)
  }

  it('make a tree whose ranges are in order and in bounds, with the right count of lines', () => {
    fc.assert(
      fc.property(message, (octets) => {
        const root = parseMessage(octets)
        check(root, { start: 0, end: octets.length })
        expect(root.header.start).toBe(0)
        expect(root.body.end).toBe(octets.length)
        const countLines = (part: MimePart): void => {
          const body = octets.subarray(part.body.start, part.body.end)
          expect(part.lines).toBe(body.filter((octet) => octet === 0x0a).length)
          part.children.forEach(countLines)
          if (part.message) countLines(part.message)
        }
        countLines(root)
      }),
      { numRuns: 3_000 },
    )
  })

  it('make the same tree in whatever chunks they come', () => {
    fc.assert(
      fc.property(message, fc.integer({ min: 1, max: 7 }), (octets, size) => {
        const parser = new MimeParser()
        for (let at = 0; at < octets.length; at += size) parser.push(octets.subarray(at, at + size))
        expect(parser.end()).toEqual(parseMessage(octets))
      }),
      { numRuns: 1_000 },
    )
  })
})
