import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bufferSource, decodedText, parseMessage, summarizeMessage, textParts } from './index.js'

const summarize = (message: string) => {
  const buffer = Buffer.from(message.replace(/\n/g, '\r\n'), 'latin1')
  return summarizeMessage({ size: buffer.length, buffer })
}
const envelope = async (message: string) => (await summarize(message)).envelope.toString('latin1')

describe('ENVELOPE', () => {
  it('has all ten members', async () => {
    expect(
      await envelope(`Message-ID: <m@id>
In-Reply-To: <r@id>
Date: Sat, 01 Feb 2007 01:02:03 +0200
Subject: a "quoted"
 folded\\subject
From: F R <f@f.org>
To: T R <t@t.org>
Cc: c@c.org
Bcc: b@b.org
Sender: s@s.org
Reply-To: r@r.org

`),
    ).toBe(
      '("Sat, 01 Feb 2007 01:02:03 +0200" "a \\"quoted\\" folded\\\\subject" (("F R" NIL "f" "f.org")) ' +
        '((NIL NIL "s" "s.org")) ((NIL NIL "r" "r.org")) (("T R" NIL "t" "t.org")) ((NIL NIL "c" "c.org")) ' +
        '((NIL NIL "b" "b.org")) "<r@id>" "<m@id>")',
    )
  })

  it('takes From for a missing or empty Sender and Reply-To, and NIL for the rest', async () => {
    const from = '((NIL NIL "u" "d"))'
    expect(await envelope('From: u@d\nSender:\nReply-To: \n\n')).toBe(
      `(NIL NIL ${from} ${from} ${from} NIL NIL NIL NIL NIL)`,
    )
    expect(await envelope('\nbody')).toBe('(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)')
  })

  it('writes groups, routes, and addresses without a domain', async () => {
    expect(await envelope('To: g: a@b;, <@r:c@d>, lone\n\n')).toContain(
      '((NIL NIL "g" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL)(NIL "@r" "c" "d")(NIL NIL "lone" ""))',
    )
  })

  it('sends octets above ASCII as a literal, and keeps encoded words as they are', async () => {
    expect(await envelope('Subject: caf\xe9\n\n')).toContain('NIL {4}\r\ncaf\xe9 NIL')
    expect(await envelope('Subject: =?utf-8?q?=C3=A9?=\n\n')).toContain('"=?utf-8?q?=C3=A9?="')
    expect(await envelope('Subject: nul\0cr\rx\n\n')).toContain('"nulcrx"')
  })

  it('takes the first of a field that must be one', async () => {
    expect(await envelope('Subject: first\nsubject: second\n\n')).toContain('"first"')
  })
})

describe('the summary', () => {
  it('is for people', async () => {
    const header =
      'Subject: =?utf-8?q?caf=C3=A9?=\nFrom: =?utf-8?q?J=C3=A9?= <a@b>, (c) d@e (F)\nTo: g: x@y;\nMessage-ID: (c) <i@d>\n' +
      'Date: 1 Feb 2007 01:02:03 +0000\n\n'
    expect(await summarize(`${header}body\n`)).toMatchObject({
      subject: 'café',
      from: 'Jé <a@b>, F <d@e>',
      to: 'x@y',
      cc: '',
      messageId: 'i@d',
      sentAt: Date.UTC(2007, 1, 1, 1, 2, 3),
      headerSize: header.replace(/\n/g, '\r\n').length,
    })
  })

  it('is the same from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mailfleet-message-'))
    const path = join(folder, 'message')
    const message = Buffer.from(
      `Subject: large\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n${`--b\r\n\r\n${'line\r\n'.repeat(40_000)}\r\n`.repeat(4)}--b--\r\n`,
    )
    await writeFile(path, message)
    expect(await summarizeMessage({ size: message.length, path })).toEqual(
      await summarizeMessage({ size: message.length, buffer: message }),
    )
    await rm(folder, { recursive: true })
  })
})

describe('text for SEARCH', () => {
  it('undoes transfer encoding and charset of each text part', async () => {
    const octets = Buffer.from(
      `Content-Type: multipart/mixed; boundary=b

--b
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: base64

${Buffer.from('Xin chào').toString('base64')}
--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

caf=E9=
!
--b
Content-Type: image/png

x
--b
Content-Type: message/rfc822

Subject: inner

inner text
--b--
`.replace(/\n/g, '\r\n'),
    )
    const texts = textParts(parseMessage(octets)).map((part) => decodedText(bufferSource(octets), part))
    expect(await Promise.all(texts)).toEqual(['Xin chào', 'café!', 'inner text'])
  })

  it('reads no more than it was asked to', async () => {
    const octets = Buffer.from('\r\n0123456789')
    expect(await decodedText(bufferSource(octets), parseMessage(octets), 4)).toBe('0123')
  })
})
