/** Pairs of keys: made here, or brought along. Public keys as DNS has them, private ones as PKCS #8 in DER. */
import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import type { DkimAlgorithm } from '@mailfleet/schema'

const generate = promisify(generateKeyPair)

/** RFC 8301 section 3.2: signers use 2048; what is longer fits DNS badly and verifiers need not know it above 4096. */
const modulusLength = { generated: 2_048, least: 2_048, most: 4_096 }
const maxPemLength = 8_192

export interface KeyPair {
  algorithm: DkimAlgorithm
  /** Base64, as in the record's `p=`. */
  publicKey: string
  privateKey: Buffer
}

export async function generateKey(algorithm: DkimAlgorithm): Promise<KeyPair> {
  const { privateKey } =
    algorithm === 'RSA_SHA256'
      ? await generate('rsa', { modulusLength: modulusLength.generated })
      : await generate('ed25519', {})
  return pairOf(algorithm, privateKey)
}

/** From PEM without a passphrase; or why it does not serve. */
export function importKey(pem: string): KeyPair | { fault: string } {
  if (pem.length > maxPemLength) return { fault: 'This is too long for a private key.' }
  let key: KeyObject
  try {
    key = createPrivateKey(pem)
  } catch {
    return { fault: 'This is no private key in PEM without a passphrase.' }
  }
  if (key.asymmetricKeyType === 'ed25519') return pairOf('ED25519_SHA256', key)
  if (key.asymmetricKeyType !== 'rsa') return { fault: 'Keys are RSA or Ed25519.' }
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (bits < modulusLength.least || bits > modulusLength.most)
    return { fault: `RSA keys have ${modulusLength.least} to ${modulusLength.most} bits.` }
  return pairOf('RSA_SHA256', key)
}

function pairOf(algorithm: DkimAlgorithm, key: KeyObject): KeyPair {
  const publicKey = createPublicKey(key)
  const der = publicKey.export({ type: 'spki', format: 'der' })
  // RFC 8463 section 4.2: of Ed25519 the 32 octets alone, which the SubjectPublicKeyInfo ends with.
  const octets = algorithm === 'RSA_SHA256' ? der : der.subarray(-32)
  return {
    algorithm,
    publicKey: octets.toString('base64'),
    privateKey: key.export({ type: 'pkcs8', format: 'der' }),
  }
}
