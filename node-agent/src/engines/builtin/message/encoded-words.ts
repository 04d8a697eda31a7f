/** Header text for people: encoded words (RFC 2047, with the language of RFC 2231), and raw UTF-8 (RFC 6532). */
import { decodeCharset, decodeUnlabelled } from './charset.js'
import { decodeBase64, decodeQuotedPrintable } from './transfer-encoding.js'

/** No two parts of it can match the same text, so that it takes linear time. */
const encodedWord = /=\?([^?\s]{1,64})\?([bBqQ])\?([^?\r\n]*)\?=/g

interface Run {
  charset: string
  octets: Buffer[]
}

/** `value`: octets as latin1, as the parser keeps fields. */
export function decodeHeaderText(value: string): string {
  if (!value.includes('=?')) return clean(decodeUnlabelled(Buffer.from(value, 'latin1')))
  let text = ''
  let run: Run | null = null
  let end = 0
  const flush = (): void => {
    if (run) text += decodeCharset(Buffer.concat(run.octets), run.charset)
    run = null
  }
  for (const match of value.matchAll(encodedWord)) {
    const between = value.slice(end, match.index)
    end = match.index + match[0].length
    const charset = match[1]!.split('*')[0]!.toLowerCase()
    const encoded = Buffer.from(match[3]!, 'latin1')
    const octets = match[2]!.toLowerCase() === 'b' ? decodeBase64(encoded) : decodeQuotedPrintable(encoded, true)
    // White space between encoded words is not shown, and senders split characters of many octets over two words.
    const adjacent: boolean = run !== null && /^\s*$/.test(between)
    const previous: Run | null = run
    if (adjacent && previous !== null && (previous as Run).charset === charset) {
      ;(previous as Run).octets.push(octets)
      continue
    }
    flush()
    if (!adjacent) text += decodeUnlabelled(Buffer.from(between, 'latin1'))
    run = { charset, octets: [octets] }
  }
  flush()
  return clean(text + decodeUnlabelled(Buffer.from(value.slice(end), 'latin1')))
}

/** One line, without the control characters that could play tricks on a screen. */

const clean = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
