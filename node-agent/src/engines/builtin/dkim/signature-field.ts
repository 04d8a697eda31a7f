/**
 * The DKIM-Signature field (RFC 6376 section 3.5), of a length that is known before the body is: so it is reserved at the head of a
 * message that is still coming in, and filled in when all of it is there.
 */
import { createHash, sign, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { HeaderField } from '../message/header-section.js'
import { relaxedField } from './relaxed.js'

const signAsync = promisify(sign) as (algorithm: string | null, data: Buffer, key: KeyObject) => Promise<Buffer>

/**
 * Signed, and named once more than they are there, so that none can be added (section 8.15). What mailing lists rightly add, List-* and
 * Sender, is signed where it is there.
 */
const sealed = [
  'from',
  'reply-to',
  'to',
  'cc',
  'subject',
  'date',
  'message-id',
  'in-reply-to',
  'references',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
]
const signedOnly = [
  'sender',
  'content-id',
  'content-description',
  'list-id',
  'list-help',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'list-subscribe',
  'list-post',
  'list-owner',
  'list-archive',
]
/** A header with more than that is no one's mail; its signature would be as long as the header. */
const maxSigned = 200

export interface SignatureKey {
  selector: string
  algorithm: 'RSA_SHA256' | 'ED25519_SHA256'
  key: KeyObject
}

/** The names for `h=`; null where there are too many. */
export function signedNames(fields: readonly HeaderField[]): string[] | null {
  const times = (name: string): number => fields.reduce((sum, field) => sum + Number(field.name === name), 0)
  const names = [
    ...sealed.flatMap((name) => Array<string>(times(name) + 1).fill(name)),
    ...signedOnly.flatMap((name) => Array<string>(times(name)).fill(name)),
  ]
  return names.length > maxSigned ? null : names
}

/** Section 5.4.2: of several fields of a name the last one first; a name without one more stands for nothing. */
export function signedFields(fields: readonly HeaderField[], names: readonly string[]): string {
  const left = new Map<string, HeaderField[]>()
  for (const field of fields) left.set(field.name, [...(left.get(field.name) ?? []), field])
  return names
    .flatMap((name) => {
      const field = left.get(name)?.pop()
      return field ? `${relaxedField(field.raw.toString('latin1'))}\r\n` : []
    })
    .join('')
}

const algorithms = { RSA_SHA256: 'rsa-sha256', ED25519_SHA256: 'ed25519-sha256' }
const lineLength = 72
const bodyHashLength = 44

export class SignatureField {
  private readonly head: string
  private readonly signatureLength: number

  constructor(
    private readonly key: SignatureKey,
    domain: string,
    names: readonly string[],
    at: Date,
  ) {
    const { selector, algorithm } = key
    const octets = algorithm === 'RSA_SHA256' ? Math.ceil((key.key.asymmetricKeyDetails?.modulusLength ?? 0) / 8) : 64
    this.signatureLength = 4 * Math.ceil(octets / 3)
    this.head =
      `DKIM-Signature: v=1; a=${algorithms[algorithm]}; c=relaxed/relaxed;\r\n\td=${domain}; s=${selector};` +
      ` t=${Math.floor(at.getTime() / 1_000)};\r\n\th=${folded(names)};\r\n\tbh=`
  }

  /** Of the length that it will have. */
  reserved(): Buffer {
    return this.text('='.repeat(bodyHashLength), '='.repeat(this.signatureLength))
  }

  async filledIn(bodyHash: string, header: string): Promise<Buffer> {
    const own = relaxedField(this.text(bodyHash, '').toString('latin1'))
    const signed = Buffer.from(header + own, 'latin1')
    const { key, algorithm } = this.key
    // RFC 8463 section 3: Ed25519 signs the hash.
    const signature =
      algorithm === 'RSA_SHA256'
        ? await signAsync('sha256', signed, key)
        : await signAsync(null, createHash('sha256').update(signed).digest(), key)
    return this.text(bodyHash, signature.toString('base64'))
  }

  private text(bodyHash: string, signature: string): Buffer {
    const lines = signature.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []
    return Buffer.from(`${this.head}${bodyHash};\r\n\tb=${lines.join('\r\n\t ')}\r\n`, 'latin1')
  }
}

/** `h=` over several lines, folded after colons (section 3.2 allows white space there). */
function folded(names: readonly string[]): string {
  let text = ''
  let length = 2
  names.forEach((name, index) => {
    const item = index === names.length - 1 ? name : `${name}:`
    if (length + item.length > lineLength) {
      text += '\r\n\t '
      length = 2
    }
    text += item
    length += item.length
  })
  return text
}
