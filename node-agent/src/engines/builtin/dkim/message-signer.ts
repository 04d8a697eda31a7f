/**
 * Signs one message while it comes in: the header is known when it begins, the body flows by, and at the end the fields that were
 * reserved for the signatures are filled in. So a message is signed once, before it is kept anywhere, and by the keys of that moment.
 */
import { createPrivateKey } from 'node:crypto'
import type { DkimSigningKey, DomainResource } from '@mailfleet/schema'
import type { Logger } from 'pino'
import { parseHeader } from '../message/header-section.js'
import { RelaxedBodyHash } from './relaxed.js'
import { SignatureField, signedFields, signedNames, type SignatureKey } from './signature-field.js'

export interface MessageSigner {
  /** What comes first in the message until then, and of the same length. */
  readonly reserved: Buffer
  /** The body, in pieces. */
  update(chunk: Buffer): void
  /** The signatures, to be put in the place of what was reserved. */
  finish(): Promise<Buffer>
}

/** Resources are replaced, never altered: a key is read once for as long as its domain stays as it is. */
const keysRead = new WeakMap<DkimSigningKey, SignatureKey | null>()

/**
 * For a message whose author is at `domain`; null where nothing signs it. `header` up to and with the empty line: where text follows
 * the fields without one, readers disagree on where the body begins, and no signature would hold for all of them.
 */
export function signerFor(
  { name, dkimKeys }: DomainResource,
  header: Buffer,
  at: Date,
  logger: Logger,
): MessageSigner | null {
  const keys = dkimKeys.flatMap((key) => readKey(key, name, logger) ?? [])
  if (keys.length === 0) return null
  const { fields, rest } = parseHeader(header)
  const names = signedNames(fields)
  if (names === null || (rest.length > 0 && !(rest[0] === 0x0d && rest[1] === 0x0a))) return null
  const signed = signedFields(fields, names)
  const signatures = keys.map((key) => new SignatureField(key, name, names, at))
  const bodyHash = new RelaxedBodyHash()
  return {
    reserved: Buffer.concat(signatures.map((field) => field.reserved())),
    update: (chunk) => bodyHash.update(chunk),
    async finish() {
      const digest = bodyHash.digest()
      return Buffer.concat(await Promise.all(signatures.map((field) => field.filledIn(digest, signed))))
    },
  }
}

function readKey(resource: DkimSigningKey, domain: string, logger: Logger): SignatureKey | null {
  let read = keysRead.get(resource)
  if (read === undefined) {
    read = null
    try {
      const { selector, algorithm, privateKey } = resource
      const key = createPrivateKey({ key: Buffer.from(privateKey, 'base64'), format: 'der', type: 'pkcs8' })
      const wanted = algorithm === 'RSA_SHA256' ? 'rsa' : 'ed25519'
      if (key.asymmetricKeyType !== wanted) throw new Error(`the key is ${key.asymmetricKeyType ?? 'unknown'}`)
      read = { selector, algorithm, key }
    } catch (error) {
      // Better mail that is not signed than none.
      logger.error({ err: error, domain, selector: resource.selector }, 'a DKIM key cannot be used')
    }
    keysRead.set(resource, read)
  }
  return read
}
