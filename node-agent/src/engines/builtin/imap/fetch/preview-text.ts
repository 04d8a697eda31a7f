/** The text that a message begins with, as a list of messages shows it (PREVIEW, RFC 8970). */
import { decodedText, textParts, type MimePart, type OctetSource } from '../../message/index.js'

/** RFC 8970 section 3.2. */
const maxCharacters = 200
/** Of a part, before decoding: enough to get past the style sheet of an HTML letter. */
const maxOctets = 64 * 1024

/** Empty where the message holds no text. */
export async function previewText(source: OctetSource, structure: MimePart): Promise<string> {
  for (const part of textParts(structure)) {
    const subtype = part.subtype.toLowerCase()
    if (subtype !== 'plain' && subtype !== 'html') continue
    const decoded = await decodedText(source, part, maxOctets)
    const text = oneLine(subtype === 'html' ? textOfHtml(decoded) : decoded)
    if (text !== '') return text
  }
  return ''
}

function oneLine(text: string): string {
  const clean = text.replace(/[\s\u0000-\u001f\u007f-\u009f]+/g, ' ').trim()
  // By characters, so that none is cut in two.
  return [...clean.slice(0, 2 * maxCharacters)]
    .slice(0, maxCharacters)
    .join('')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .trim()
}

const hidden = ['head', 'style', 'script', 'title', 'template']
const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  zwnj: '',
  shy: '',
}

/** One pass from left to right: a tag or comment that does not end takes the rest with it. */
function textOfHtml(html: string): string {
  const lower = html.toLowerCase()
  let text = ''
  for (let at = 0; at < html.length;) {
    const open = html.indexOf('<', at)
    if (open < 0) return text + withoutEntities(html.slice(at))
    text += withoutEntities(html.slice(at, open))
    const name = /^<(\/?[a-z]+)/.exec(lower.slice(open, open + 20))?.[1] ?? ''
    const end = lower.startsWith('<!--', open) ? '-->' : hidden.includes(name) ? `</${name}` : '>'
    const close = lower.indexOf(end, open)
    if (close < 0) return text
    at = end === `</${name}` ? close : close + end.length
    if (!inline.has(name.replace(/^\//, ''))) text += ' '
  }
  return text
}

/** Between these no space is seen. */
const inline = new Set(['a', 'b', 'i', 'u', 'em', 'strong', 'span', 'font', 'small', 'big', 'sup', 'sub', 'code'])

function withoutEntities(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[String(name).toLowerCase()] ?? whole
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
