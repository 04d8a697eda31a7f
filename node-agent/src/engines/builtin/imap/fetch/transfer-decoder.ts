/** Undoes a content transfer encoding bit by bit: what is held at a time does not grow with the part. */
import { decodeTransfer } from '../../message/transfer-encoding.js'

/** Takes octets as they come; with null, what is left at the end. */
export type TransferDecoder = (octets: Buffer | null) => Buffer

const empty = Buffer.alloc(0)
const lineFeed = 0x0a
const equalsSign = 0x3d
/** Of a line that does not end. */
const maxLine = 64 * 1024

const decoders: Record<string, () => TransferDecoder> = {
  '': identity,
  '7bit': identity,
  '8bit': identity,
  binary: identity,
  base64,
  'quoted-printable': quotedPrintable,
}

/** Null for an encoding that nobody knows. */
export function transferDecoder(encoding: string): TransferDecoder | null {
  const name = encoding.trim().toLowerCase()
  return Object.hasOwn(decoders, name) ? decoders[name]!() : null
}

export const isIdentity = (encoding: string): boolean => decoders[encoding.trim().toLowerCase()] === identity

function identity(): TransferDecoder {
  return (octets) => octets ?? empty
}

/** Padding ends a run of digits, after which another may begin: so each run is cut at whole groups of four on its own. */
function base64(): TransferDecoder {
  let held = ''
  return (octets) => {
    if (octets === null) return Buffer.from(held, 'base64')
    const digits = octets.toString('latin1').replace(/[^A-Za-z0-9+/=]+/g, '')
    const runs = (held + digits).split(/=+/)
    const open = runs.pop()!
    const whole = open.length - (open.length % 4)
    held = open.slice(whole)
    return Buffer.concat([...runs, open.slice(0, whole)].map((run) => Buffer.from(run, 'base64')))
  }
}

/** Nothing that stands for an octet goes beyond the end of its line. */
function quotedPrintable(): TransferDecoder {
  let held = empty
  return (octets) => {
    const all = octets === null ? held : Buffer.concat([held, octets])
    let cut = octets === null ? all.length : all.lastIndexOf(lineFeed) + 1
    if (all.length - cut > maxLine) cut = Math.max(cut, all.lastIndexOf(equalsSign))
    if (all.length - cut > maxLine) cut = all.length
    held = all.subarray(cut)
    return decodeTransfer(all.subarray(0, cut), 'quoted-printable')
  }
}
