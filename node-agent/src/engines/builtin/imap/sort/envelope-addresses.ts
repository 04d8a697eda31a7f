/** The first address of each list of an ENVELOPE, read back from its wire form, in which the store keeps it. */
import { decodeHeaderText } from '../../message/index.js'

type Element = string | null | Element[]

/** Places in the ENVELOPE (RFC 3501 section 7.4.2). */
const places = { from: 2, to: 5, cc: 6 }
export type AddressField = keyof typeof places

interface FirstAddress {
  /** `addr-mailbox`; of a group, its name. */
  mailbox: string
  /** RFC 5957: the name, or else the address. */
  display: string
}

export function firstAddress(envelope: string, field: AddressField): FirstAddress {
  const list = readList(envelope)[places[field]]
  const first = Array.isArray(list) ? list[0] : null
  if (!Array.isArray(first)) return { mailbox: '', display: '' }
  const [name, , mailbox, host] = first.map((element) => (typeof element === 'string' ? decodeHeaderText(element) : ''))
  return { mailbox: mailbox!, display: name || (host === '' ? mailbox! : `${mailbox}@${host}`) }
}

const token = /\(|\)|NIL|"((?:[^"\\]|\\.)*)"|\{(\d+)\}\r\n|[^]/gy

function readList(text: string): Element[] {
  const outermost: Element[] = []
  const open = [outermost]
  token.lastIndex = 0
  for (let match = token.exec(text); match; match = token.exec(text)) {
    const list = open.at(-1)!
    if (match[0] === '(') {
      const inner: Element[] = []
      list.push(inner)
      open.push(inner)
    } else if (match[0] === ')') {
      if (open.length > 1) open.pop()
    } else if (match[0] === 'NIL') list.push(null)
    else if (match[1] !== undefined) list.push(match[1].replace(/\\(.)/g, '$1'))
    else if (match[2] !== undefined) {
      const end = token.lastIndex + Number(match[2])
      list.push(text.slice(token.lastIndex, end))
      token.lastIndex = end
    }
  }
  return Array.isArray(outermost[0]) ? outermost[0] : []
}
