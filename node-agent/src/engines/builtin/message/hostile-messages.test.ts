/** Messages made to exhaust a parser. What is asserted is that their description is bounded; the suite's timeout is the clock. */
import { expect, it } from 'vitest'
import type { MimePart } from './mime-part.js'
import { parseMessage } from './parse-message.js'
import { summaryOf } from './summarize-message.js'

const countParts = (part: MimePart): number =>
  1 + part.children.reduce((sum, child) => sum + countParts(child), 0) + (part.message ? countParts(part.message) : 0)

const many = (count: number, make: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => make(index)).join('')

it.each<[string, () => string]>([
  ['50,000 parts', () => `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\n\r\nx\r\n'.repeat(50_000)}`],
  [
    'multiparts 20,000 deep',
    () => many(20_000, (n) => `Content-Type: multipart/mixed; boundary=b${n}\r\n\r\n--b${n}\r\n`),
  ],
  ['messages 20,000 deep', () => 'Content-Type: message/rfc822\r\n\r\n'.repeat(20_000)],
  ['100,000 addresses', () => `To: ${'a@b.example, '.repeat(100_000)}\r\n\r\n`],
  ['100,000 groups', () => `To: ${'a:;'.repeat(100_000)}\r\n\r\n`],
  ['50,000 parameters', () => `Content-Type: text/plain${many(50_000, (n) => `; f*${n}*=x`)}\r\n\r\n`],
  ['a megabyte of header lines', () => 'a: b\r\n'.repeat(200_000)],
  ['comments that never end', () => `From: ${'('.repeat(500_000)}\r\n\r\n`],
  ['encoded words without end', () => `Subject: ${'=?utf-8?b?AA?= '.repeat(50_000)}\r\n\r\n`],
  [
    'large headers in many parts',
    () =>
      `Content-Type: multipart/mixed; boundary=b\r\n\r\n${`--b\r\nContent-Description: ${'x'.repeat(16_000)}\r\n\r\n`.repeat(600)}`,
  ],
])('describes %s within bounds', (_name, make) => {
  const tree = parseMessage(Buffer.from(make()))
  const summary = summaryOf(tree)
  expect(countParts(tree)).toBeLessThanOrEqual(4_000)
  expect(summary.bodyStructure.length).toBeLessThan(3 * 1024 * 1024)
  expect(summary.envelope.length).toBeLessThan(1024 * 1024)
  for (const text of [summary.subject, summary.from, summary.to]) expect(text.length).toBeLessThanOrEqual(998)
})

it('keeps whole addresses only, where it must stop', () => {
  const { envelope } = summaryOf(parseMessage(Buffer.from(`To: ${'somebody@example.org, '.repeat(20_000)}\r\n\r\n`)))
  const hosts = [...envelope.toString('latin1').matchAll(/"([^"]*)"\)/g)].map((match) => match[1])
  expect(new Set(hosts)).toEqual(new Set(['example.org']))
})

it('does not backtrack over hostile text in any field', () => {
  const names = ['From', 'Subject', 'Date', 'Content-Type', 'Content-Disposition', 'Content-Language', 'Message-ID']
  const bits = '( ) " < > , @ =?a?q? =? \\ . a: ; [ = - + ?= a % 1 Mon,'.split(' ')
  for (const bit of [...bits, ' ', '\t', ' .', '. ', '( )']) {
    const text = bit.repeat(65_536 / bit.length)
    // Octets that match a pattern in more ways than one would not come back before the suite's timeout.
    const message = Buffer.from(`${names.map((name) => `${name}: ${text}\r\n`).join('')}\r\n`)
    expect(summaryOf(parseMessage(message)).headerSize, bit).toBe(message.length)
  }
})
