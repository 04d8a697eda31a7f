/**
 * The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) as two steps over text, without a wire: the protocols carry the
 * messages. The password never comes here; the client proves that it has it, and we prove that we have the verifier.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { ScramVerifier } from '@mailfleet/schema'
import { SaslSyntaxError } from './sasl-dialogue.js'

/** The client's first message (RFC 5802 section 7). */
export interface ClientFirst {
  /** As it is sent again in base64 with the proof. */
  gs2Header: string
  authorization: string
  login: string
  bare: string
  nonce: string
}

const unescaped = (name: string): string => {
  if (/=(?!2C|3D)/.test(name)) throw new SaslSyntaxError('a name with a wrong escape')
  return name.replaceAll('=2C', ',').replaceAll('=3D', '=')
}

export function parseClientFirst(message: string): ClientFirst {
  const match =
    /^(([nyp])(?:=[A-Za-z0-9.-]+)?,(?:a=([^,\0]+))?,)((?:n=([^,\0]+),r=([\x21-\x2b\x2d-\x7e]+))(?:,.*)?)$/su.exec(
      message,
    )
  if (!match) throw new SaslSyntaxError('not a first message')
  const [, gs2Header, flag, authorization = '', bare, login, nonce] = match as unknown as string[]
  // `p`: the client wants channel binding, which SCRAM-SHA-256-PLUS would be for.
  if (flag === 'p' || !/^[ny],/.test(gs2Header!)) throw new SaslSyntaxError('channel binding is not offered')
  if (nonce!.length > 256 || login!.length > 1024) throw new SaslSyntaxError('too long')
  return {
    gs2Header: gs2Header!,
    authorization: unescaped(authorization),
    login: unescaped(login!),
    bare: bare!,
    nonce: nonce!,
  }
}

export class ScramExchange {
  readonly serverFirst: string
  private readonly nonce: string

  constructor(
    private readonly first: ClientFirst,
    /** Of the passwords that the client may have: with one salt, and as many iterations. */
    private readonly verifiers: [ScramVerifier, ...ScramVerifier[]],
    serverNonce: string = randomBytes(18).toString('base64'),
  ) {
    this.nonce = first.nonce + serverNonce
    const [{ salt, iterations }] = verifiers
    this.serverFirst = `r=${this.nonce},s=${salt},i=${iterations}`
  }

  /** Our final message when the client has one of the passwords, and which; null when it has none. */
  conclude(clientFinal: string): { serverFinal: string; verifier: ScramVerifier } | null {
    const match = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,[^p][^,]*)*),p=([A-Za-z0-9+/=]+)$/su.exec(
      clientFinal,
    )
    if (!match) throw new SaslSyntaxError('not a final message')
    const [, withoutProof, binding, nonce, proof] = match as unknown as string[]
    if (Buffer.from(binding!, 'base64').toString() !== this.first.gs2Header || nonce !== this.nonce)
      throw new SaslSyntaxError('the final message is not of this exchange')
    const signed = `${this.first.bare},${this.serverFirst},${withoutProof}`
    const mac = (key: string) => createHmac('sha256', Buffer.from(key, 'base64')).update(signed).digest()
    const given = Buffer.from(proof!, 'base64')
    for (const verifier of this.verifiers) {
      const signature = mac(verifier.storedKey)
      if (given.length !== signature.length) return null
      const clientKey = given.map((octet, index) => octet ^ signature[index]!)
      const storedKey = createHash('sha256').update(clientKey).digest()
      if (!timingSafeEqual(storedKey, Buffer.from(verifier.storedKey, 'base64'))) continue
      return { serverFinal: `v=${mac(verifier.serverKey).toString('base64')}`, verifier }
    }
    return null
  }
}
