/** The public key that a node brings, and the proof that it holds the private one (RFC 8037, RFC 7515). */
import { calculateJwkThumbprint, compactVerify, importJWK, type JWK } from 'jose'

export interface NodePublicKey {
  jwk: { kty: 'OKP'; crv: 'Ed25519'; x: string }
  thumbprint: string
}

/** Null for everything but a public Ed25519 key; a private part in it is refused, not dropped, since it is burnt now. */
export async function parsePublicKey(text: string): Promise<NodePublicKey | null> {
  if (text.length > 1_024) return null
  let parsed: Record<string, unknown>
  try {
    parsed = Object(JSON.parse(text))
  } catch {
    return null
  }
  const { kty, crv, x, d } = parsed
  if (kty !== 'OKP' || crv !== 'Ed25519' || d !== undefined) return null
  if (typeof x !== 'string' || !/^[A-Za-z0-9_-]{43}$/.test(x)) return null
  const jwk = { kty, crv, x } as const
  return { jwk, thumbprint: await calculateJwkThumbprint(jwk) }
}

export async function provesPossession(proof: string, jwk: JWK, joinToken: string): Promise<boolean> {
  if (proof.length > 2_048) return false
  try {
    const { payload } = await compactVerify(proof, await importJWK(jwk, 'EdDSA'), { algorithms: ['EdDSA', 'Ed25519'] })
    return Buffer.from(payload).equals(Buffer.from(joinToken))
  } catch {
    return false
  }
}
