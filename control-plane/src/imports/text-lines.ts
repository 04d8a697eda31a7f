/**
 * The text of an upload. UTF-8, with or without the mark at its beginning (RFC 3629 section 6); anything else is refused, since to
 * guess would be to damage names. What comes out are whole characters, in pieces of any length.
 */
import { TextDecoder } from 'node:util'

export class UploadError extends Error {
  constructor(
    message: string,
    /** Where in the file, where that is known. */
    readonly line: number | null = null,
    readonly status: 400 | 413 | 415 = 400,
  ) {
    super(message)
  }
}

const wrongEncoding = (line: number | null): UploadError =>
  new UploadError('The file is not UTF-8. Save it as UTF-8 ("CSV UTF-8" in Excel) and upload it again.', line)

export async function* decodeText(bytes: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let total = 0
  let line = 1
  for await (const chunk of bytes) {
    // The marks of UTF-16: without this look the message would name a line of a file that has other lines.
    if (total === 0 && chunk.length > 1 && [0xfffe, 0xfeff].includes(chunk.readUInt16BE(0))) throw wrongEncoding(null)
    total += chunk.length
    if (total > maxBytes) throw new UploadError(`A file has at most ${maxBytes} bytes.`, null, 413)
    const text = decode(decoder, chunk, line)
    line += text.split('\n').length - 1
    if (text !== '') yield text
  }
  const rest = decode(decoder, undefined, line)
  if (rest !== '') yield rest
}

/** With LF alone at the ends of lines, in cells too: so that lines can be counted. */
export async function* withLineFeeds(text: AsyncIterable<string>): AsyncGenerator<string> {
  let held = ''
  for await (const piece of text) {
    const joined = held + piece
    held = joined.endsWith('\r') ? '\r' : ''
    yield joined.slice(0, joined.length - held.length).replace(/\r\n?/g, '\n')
  }
  if (held !== '') yield '\n'
}

function decode(decoder: TextDecoder, chunk: Buffer | undefined, line: number): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined })
  } catch {
    throw wrongEncoding(line)
  }
}
