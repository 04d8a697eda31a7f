/**
 * Who this node is: an Ed25519 key pair made here, whose private half never leaves the data folder, and the id that the control
 * plane gave it. The key is on disk before it is shown to anybody.
 */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, importJWK, SignJWT, CompactSign } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { z } from 'zod'
import { replaceFile } from '../durable/replace-file.js'

const storedIdentity = z.object({
  privateKey: z.object({ kty: z.literal('OKP'), crv: z.literal('Ed25519'), x: z.string(), d: z.string() }),
  nodeId: z.string().nullable(),
  nodeName: z.string().nullable(),
})
type StoredIdentity = z.infer<typeof storedIdentity>

class IdentityError extends Error {
  override name = 'IdentityError'
}

/** Below the 60 s that the control plane allows, so that clocks may differ. */
const tokenLifetime = 30

export class NodeIdentity {
  private constructor(
    private readonly path: string,
    private readonly stored: StoredIdentity,
    private readonly key: CryptoKey,
  ) {}

  static async open(path: string): Promise<NodeIdentity> {
    let stored: StoredIdentity
    if (existsSync(path)) {
      chmodSync(path, 0o600)
      try {
        stored = storedIdentity.parse(JSON.parse(readFileSync(path, 'utf8')))
      } catch {
        throw new IdentityError(`${path} is damaged: restore it, or remove it and enrol this node anew`)
      }
    } else {
      const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
      stored = storedIdentity.parse({ privateKey: await exportJWK(privateKey), nodeId: null, nodeName: null })
      write(path, stored)
    }
    return new NodeIdentity(path, stored, (await importJWK(stored.privateKey, 'EdDSA')) as CryptoKey)
  }

  /** Null until enrolled. */
  get nodeId(): string | null {
    return this.stored.nodeId
  }

  get publicKey(): JWK {
    const { kty, crv, x } = this.stored.privateKey
    return { kty, crv, x }
  }

  enrolled(nodeId: string, nodeName: string | null): void {
    Object.assign(this.stored, { nodeId, nodeName })
    write(this.path, this.stored)
  }

  /** Shows that whoever presents the join token holds the private key. */
  prove(joinToken: string): Promise<string> {
    return new CompactSign(new TextEncoder().encode(joinToken)).setProtectedHeader({ alg: 'EdDSA' }).sign(this.key)
  }

  /** For one connection. */
  connectionToken(): Promise<string> {
    const nodeId = this.stored.nodeId
    if (nodeId === null) throw new IdentityError('this node is not enrolled')
    return new SignJWT()
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(nodeId)
      .setSubject(nodeId)
      .setAudience('mailfleet-node')
      .setIssuedAt()
      .setExpirationTime(`${tokenLifetime}s`)
      .setJti(randomUUID())
      .sign(this.key)
  }
}

const write = (path: string, identity: StoredIdentity): void =>
  replaceFile(path, `${JSON.stringify(identity, null, 2)}\n`)
