import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fieldText, logFields } from '../message/header-section.js'
import { maxHeaderSection, receiveMessage } from './receive-message.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailfleet-receive-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const keep = (fields: { raw: Buffer }[], rest: Buffer): Buffer[] => [...fields.map(({ raw }) => raw), rest]
const octetsOf = (content: object): string => (content as { buffer: Buffer }).buffer.toString('latin1')

describe('receiveMessage', () => {
  it('changes no octet of any message, however it is cut, where the header is kept as it is', async () => {
    const piece = fc.constantFrom(
      'A: b\r\n',
      ' folded\r\n',
      '\tx\r\n',
      '\r\n',
      'no field\r\n',
      ': x\r\n',
      'Ä: ü\r\n',
      'B :c\r\n',
      'end',
    )
    const property = fc.asyncProperty(
      fc.array(piece, { maxLength: 12 }),
      fc.integer({ min: 1, max: 7 }),
      async (pieces, length) => {
        const text = pieces.join('')
        const chunks = Buffer.from(text, 'latin1')
        const cut = Array.from({ length: Math.ceil(chunks.length / length) }, (_, i) =>
          chunks.subarray(i * length, (i + 1) * length),
        )
        const received = await receiveMessage(Readable.from(cut), folder, keep)
        expect(octetsOf(received.content)).toBe(text)
        const section = text.startsWith('\r\n') ? '' : (text.split('\r\n\r\n')[0] ?? '')
        for (const field of received.fields) expect(section).toContain(field.raw.toString('latin1').trimEnd())
      },
    )
    await fc.assert(property, { numRuns: 300 })
  })

  it('refuses a header section without end, and leaves no file', async () => {
    const endless = Readable.from(
      Array.from({ length: 9 }, () => Buffer.from(`X: ${'y'.repeat(maxHeaderSection / 8)}\r\n`)),
    )
    await expect(receiveMessage(endless, folder, keep)).rejects.toMatchObject({ reply: 552, enhanced: '5.3.4' })
    expect(await readdir(folder)).toEqual([])
  })

  it('takes a large message that has no header section at all', async () => {
    const text = `Subject: x\r\nno field\r\n${'..y\r\n'.repeat(100_000)}`
    const received = await receiveMessage(Readable.from([Buffer.from(text)]), folder, keep)
    expect(received.content.size).toBe(text.length)
    expect(received.fields).toHaveLength(1)
    await received.discard()
    expect(await readdir(folder)).toEqual([])
  })

  it('takes a header section octet by octet at no great cost', async () => {
    const text = Buffer.from(`X: ${'y'.repeat(100_000)}\r\n\r\n`)
    const octets = Array.from({ length: text.length }, (_, index) => text.subarray(index, index + 1))
    const started = performance.now()
    await receiveMessage(Readable.from(octets), folder, keep)
    // Copying the whole for each octet took minutes.
    expect(performance.now() - started).toBeLessThan(20_000)
  })

  it.each([
    ['Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <a@b>\r\n', 'Grüße', 'a@b'],
    ['Subject: =?utf-8?b?w7w=?=\r\n =?utf-8?b?w58=?=\r\nMessage-Id:\r\n <a@b>\r\n', 'üß', 'a@b'],
    ['Subject: raw Grüße\r\n', 'raw Grüße', null],
    ['SUBJECT: =?x-unknown?q?abc?= \u0007 bell\r\nMessage-ID: \r\n', 'abc bell', null],
    ['X: y\r\n', '', null],
  ])('reads for the log from %j', async (header, subject, messageId) => {
    const { fields } = await receiveMessage(Readable.from([Buffer.from(`${header}\r\n`)]), folder, keep)
    const found = logFields(fields)
    expect({ ...found, subject: found.subject.replace(/ +/g, ' ') }).toEqual({ subject, messageId })
    for (const field of fields) expect(fieldText(field)).not.toMatch(/[\r\n]/)
  })
})
