/**
 * Answers that are kept for who repeats the request. Some hold a secret that is shown once, such as a new API token's, and
 * the database keeps none of those: an answer is encrypted (AES-256-GCM) under a key derived (HKDF, RFC 5869) from the
 * caller's idempotency key, of which the database has the digest only.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto'

const algorithm = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16

const keyOf = (idempotencyKey: string, owner: string): Buffer =>
  Buffer.from(hkdfSync('sha256', idempotencyKey, owner, 'mailfleet idempotent answer', 32))

export const digest = (...parts: string[]): Buffer => {
  const hash = createHash('sha256')
  // With its length, so that parts cannot run into each other.
  for (const part of parts) hash.update(`${Buffer.byteLength(part)}:`).update(part)
  return hash.digest()
}

export function sealAnswer(answer: string, idempotencyKey: string, owner: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv(algorithm, keyOf(idempotencyKey, owner), nonce)
  const sealed = Buffer.concat([cipher.update(answer, 'utf8'), cipher.final()])
  return Buffer.concat([nonce, cipher.getAuthTag(), sealed])
}

export function openAnswer(sealed: Buffer, idempotencyKey: string, owner: string): string {
  const nonce = sealed.subarray(0, nonceBytes)
  const decipher = createDecipheriv(algorithm, keyOf(idempotencyKey, owner), nonce)
  decipher.setAuthTag(sealed.subarray(nonceBytes, nonceBytes + tagBytes))
  const opened = Buffer.concat([decipher.update(sealed.subarray(nonceBytes + tagBytes)), decipher.final()])
  return opened.toString('utf8')
}
