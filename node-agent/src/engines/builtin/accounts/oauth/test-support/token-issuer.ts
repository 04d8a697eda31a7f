/** An issuer of access tokens on loopback: real keys, made now, and their JWKS over HTTP. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { oauthIssuer, type OauthIssuer } from '@mailfleet/schema'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK, type JWTPayload } from 'jose'

export class TokenIssuer {
  /** How often it was asked for its keys. */
  asked = 0
  /** What it answers instead of its keys. */
  answer: string | null = null
  private keys: { jwk: JWK; privateKey: CryptoKey }[] = []

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<TokenIssuer> {
    const server = createServer((_request, response) => {
      issuer.asked += 1
      response.end(issuer.answer ?? JSON.stringify({ keys: issuer.keys.map(({ jwk }) => jwk) }))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const issuer = new TokenIssuer(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    await issuer.changeKey()
    return issuer
  }

  get publicKeys(): JWK[] {
    return this.keys.map(({ jwk }) => jwk)
  }

  settings(more: Partial<OauthIssuer> = {}): OauthIssuer {
    return oauthIssuer.parse({ issuer: this.url, audience: 'mail', jwksUrl: `${this.url}/jwks`, ...more })
  }

  async changeKey(): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair('ES256')
    this.keys = [{ jwk: { ...(await exportJWK(publicKey)), kid: crypto.randomUUID() }, privateKey }]
  }

  token(claims: JWTPayload, header: { kid?: string } = {}): Promise<string> {
    const [{ jwk, privateKey }] = this.keys as [{ jwk: JWK; privateKey: CryptoKey }]
    const now = Math.floor(Date.now() / 1000)
    return new SignJWT({ iss: this.url, aud: 'mail', iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: jwk.kid, ...header })
      .sign(privateKey)
  }

  close(): Promise<unknown> {
    this.server.closeAllConnections()
    return new Promise((resolve) => this.server.close(resolve))
  }
}
