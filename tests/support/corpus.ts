/**
 * Messages to send: a folder of real ones where there is one (`MAILFLEET_CORPUS`, else `../shared/corpus`), else made here. Line
 * ends become CRLF and NUL is dropped, since SMTP cannot carry others; all else stays as it was, malformed on purpose or not.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const corpusFolder = process.env.MAILFLEET_CORPUS ?? join(import.meta.dirname, '../../../shared/corpus')

export interface CorpusMessage {
  name: string
  body: Buffer
}

export function corpus(): CorpusMessage[] {
  if (!existsSync(corpusFolder)) {
    console.log(`no corpus in ${corpusFolder}: messages are generated instead`)
    return Array.from({ length: 200 }, (_, index) => generated(index))
  }
  return (readdirSync(corpusFolder, { recursive: true, withFileTypes: true }) as import('node:fs').Dirent[])
    .filter((entry) => entry.isFile() && !/README|LICEN[CS]E/i.test(entry.name))
    .map((entry) => ({ name: entry.name, body: toCrlf(readFileSync(join(entry.parentPath, entry.name))) }))
    .filter(({ body }) => body.length > 2)
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Octets stay octets: latin1 maps each to one character and back. */
function toCrlf(raw: Buffer): Buffer {
  const text = raw
    .toString('latin1')
    .replaceAll('\0', '')
    .replace(/\r\n|\r|\n/g, '\r\n')
  return Buffer.from(text.endsWith('\r\n') ? text : `${text}\r\n`, 'latin1')
}

/**
 * What is stored of a message, under the trace fields: all octets but those of Return-Path fields that it came with, which the
 * final delivery replaces by its own (RFC 5321 section 4.4).
 */
export function asDelivered(body: Buffer): Buffer {
  const text = body.toString('latin1')
  // The fields up to the first line that is none, such as the `From ` of an mbox or the empty line.
  const fields = /^(?:[!-9;-~]+[ \t]*:.*\r\n(?:[ \t].*\r\n)*)*/.exec(text)![0]
  return Buffer.from(
    fields.replace(/^Return-Path[ \t]*:.*\r\n(?:[ \t].*\r\n)*/gim, '') + text.slice(fields.length),
    'latin1',
  )
}

function generated(index: number): CorpusMessage {
  const kinds = ['short', 'dots', 'eight-bit', 'long', 'no-header']
  const kind = kinds[index % kinds.length]!
  const text = {
    short: `Hello ${index}.`,
    dots: '.\r\n..\r\n. .\r\n.end',
    'eight-bit': 'Xin chào, thư số ' + index,
    long: 'x'
      .repeat(900)
      .concat('\r\n')
      .repeat(20 + index),
    'no-header': '',
  }[kind]!
  const body = `From: "Nguyễn ${index}" <a${index}@sender.test>\r\nTo: you@example.org\r\nSubject: ${kind} ${index}\r\nMessage-ID: <${kind}-${index}@sender.test>\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n\r\n${text}\r\n`
  return { name: `${kind}-${index}`, body: Buffer.from(kind === 'no-header' ? `\r\njust a body ${index}\r\n` : body) }
}
