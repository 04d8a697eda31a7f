/**
 * AES-256-GCM (NIST SP 800-38D). What is sealed for one purpose opens for that purpose only, so that a ciphertext that is put
 * into another row, or another column, is refused there.
 *
 *     version 1 byte | key id 16 bytes | nonce 12 bytes | tag 16 bytes | ciphertext
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

const version = 1
const keyIdEnd = 17
const nonceEnd = keyIdEnd + 12
const headerEnd = nonceEnd + 16

export class SealError extends Error {}

const associated = (header: Buffer, purpose: string): Buffer => Buffer.concat([header, Buffer.from(purpose)])

/** `keyId`: a UUID. */
export function sealWith(key: Buffer, keyId: string, plaintext: Buffer, purpose: string): Buffer {
  const header = Buffer.concat([Buffer.from([version]), Buffer.from(keyId.replaceAll('-', ''), 'hex')])
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(associated(header, purpose))
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([header, nonce, cipher.getAuthTag(), ciphertext])
}

export function keyIdOf(sealed: Buffer): string {
  if (sealed.length < headerEnd || sealed[0] !== version) throw new SealError('this is no sealed secret')
  const hex = sealed.toString('hex', 1, keyIdEnd)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

export function openWith(key: Buffer, sealed: Buffer, purpose: string): Buffer {
  keyIdOf(sealed)
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(keyIdEnd, nonceEnd))
    .setAAD(associated(sealed.subarray(0, keyIdEnd), purpose))
    .setAuthTag(sealed.subarray(nonceEnd, headerEnd))
  try {
    return Buffer.concat([decipher.update(sealed.subarray(headerEnd)), decipher.final()])
  } catch (error) {
    throw new SealError('a sealed secret does not open: another key, another purpose, or changed', { cause: error })
  }
}
