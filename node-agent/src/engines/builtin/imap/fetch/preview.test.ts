/** PREVIEW over a real server, and the text that it shows. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bufferSource, parseMessage } from '../../message/index.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { previewText } from './preview-text.js'

const preview = (message: string): Promise<string> => {
  const octets = Buffer.from(message)
  return previewText(bufferSource(octets), parseMessage(octets))
}
const html = (text: string): Promise<string> => preview(`Content-Type: text/html; charset=utf-8\r\n\r\n${text}`)

describe('the preview', () => {
  it.each([
    ['', ''],
    ['Hello  \r\n\tWorld\r\n', 'Hello World'],
    ['x'.repeat(300), 'x'.repeat(200)],
    ['\u{1f600}'.repeat(300), '\u{1f600}'.repeat(200)],
  ])('of %j is %j', async (body, expected) => {
    expect(await preview(`Content-Type: text/plain; charset=utf-8\r\n\r\n${body}`)).toBe(expected)
  })

  it.each([
    ['<p>One</p><p>Two</p>', 'One Two'],
    ['<b>bo</b>ld &amp; <i>it</i>', 'bold & it'],
    ['<head><title>No</title><style>p { x }</style></head><body>Yes', 'Yes'],
    ['<style>a > b</style>shown<script>no()</script>', 'shown'],
    ['<!-- <p>no</p> -->yes', 'yes'],
    ['&#233;&#xe9;&eacute;&#x110000;', 'éé&eacute;&#x110000;'],
    ['<p', ''],
    ['a < b', 'a'],
    ['<style>never ends', ''],
  ])('of the HTML %j is %j', async (text, expected) => {
    expect(await html(text)).toBe(expected)
  })

  it('takes the first part that says something', async () => {
    const parts = ['Content-Type: text/plain\r\n\r\n \r\n', 'Content-Type: text/html\r\n\r\n<p>Said</p>']
    const body = parts.map((part) => `--b\r\n${part}\r\n`).join('') + '--b--\r\n'
    expect(await preview(`Content-Type: multipart/alternative; boundary=b\r\n\r\n${body}`)).toBe('Said')
    expect(await preview('Content-Type: image/png\r\n\r\nxyz')).toBe('')
  })

  it('is one short line, whatever the text', async () => {
    const text = fc.string({ unit: fc.constantFrom(...'<>&;!-/#xabstyle \r\n\u0000é\u{1f600}'), maxLength: 500 })
    await fc.assert(
      fc.asyncProperty(text, async (given) => {
        const shown = await html(given)
        expect([...shown].length).toBeLessThanOrEqual(200)
        expect(shown).toMatch(/^[^\p{Cc}]*$/u)
        expect(shown).not.toMatch(/\p{Surrogate}/u)
      }),
    )
  })

  it('is found soon in what is made to take long', async () => {
    for (const piece of ['<', '<style>', '<!--', '&#', '</', '<p '])
      expect(typeof (await html(piece.repeat(20_000)))).toBe('string')
  })
})

describe('FETCH PREVIEW', () => {
  let fixture: ImapFixture
  let client: ImapTestClient
  beforeAll(async () => {
    fixture = await openImapFixture()
    client = await fixture.signIn()
    await fixture.deliver('Subject: a\r\n\r\nShort "text"\r\n')
    await fixture.deliver('Subject: b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nthư\r\n')
    await fixture.deliver(`Subject: c\r\n\r\n${'Long text. '.repeat(30_000)}\r\n`)
    await client.ok('SELECT INBOX')
  })
  afterAll(() => fixture.close())

  it('tells it and leaves the message unseen', async () => {
    const utf8 = Buffer.from('thư').toString('latin1')
    expect(await client.ok('FETCH 1:2 (PREVIEW FLAGS)')).toEqual([
      '* 1 FETCH (PREVIEW "Short \\"text\\"" FLAGS ())',
      `* 2 FETCH (PREVIEW {4}\r\n${utf8} FLAGS ())`,
    ])
  })

  it('leaves the modifiers of FETCH alone', async () => {
    expect(await client.ok('FETCH 1:3 PREVIEW (CHANGEDSINCE 1000)')).toEqual([
      expect.stringMatching(/^\* OK \[HIGHESTMODSEQ/),
    ])
  })

  it('tells what is slow only where it is worth the while', async () => {
    expect(await client.ok('FETCH 1,3 (PREVIEW (LAZY) UID)')).toEqual([
      '* 1 FETCH (PREVIEW "Short \\"text\\"" UID 1)',
      '* 3 FETCH (PREVIEW NIL UID 3)',
    ])
    expect((await client.ok('FETCH 3 PREVIEW'))[0]).toMatch(/^\* 3 FETCH \(PREVIEW "(Long text\. ){18}L/)
  })

  it.each(['PREVIEW (EAGER)', 'PREVIEW ()', '(PREVIEW (LAZY LAZY))', 'PREVIEW[1]'])('refuses %s', async (item) => {
    expect((await client.command(`FETCH 1 ${item}`)).tagged).toMatch(/^BAD/)
  })
})
