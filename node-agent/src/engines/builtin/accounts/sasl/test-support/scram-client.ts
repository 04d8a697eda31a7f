/** The client's side of SCRAM-SHA-256, and verifiers, written from RFC 5802 section 3 apart from the server's code. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import type { ScramVerifier } from '@mailfleet/schema'

const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest()

export function verifierOf(password: string, salt = randomBytes(16), iterations = 4096): ScramVerifier {
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return { salt: salt.toString('base64'), iterations, storedKey, serverKey }
}

export class ScramClient {
  private readonly bare: string
  private serverSignature = ''

  constructor(
    login: string,
    private readonly password: string,
  ) {
    this.bare = `n=${login.replaceAll('=', '=3D').replaceAll(',', '=2C')},r=${randomBytes(12).toString('hex')}`
  }

  get first(): string {
    return `n,,${this.bare}`
  }

  final(serverFirst: string): string {
    const [, nonce, salt, iterations] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst)!
    const salted = pbkdf2Sync(this.password, Buffer.from(salt!, 'base64'), Number(iterations), 32, 'sha256')
    const clientKey = hmac(salted, 'Client Key')
    const signed = `${this.bare},${serverFirst},c=biws,r=${nonce}`
    const signature = hmac(createHash('sha256').update(clientKey).digest(), signed)
    const proof = Buffer.from(clientKey.map((octet, index) => octet ^ signature[index]!))
    this.serverSignature = hmac(hmac(salted, 'Server Key'), signed).toString('base64')
    return `c=biws,r=${nonce},p=${proof.toString('base64')}`
  }

  /** Whether the server has shown that it has the verifier. */
  believes = (serverFinal: string): boolean => serverFinal === `v=${this.serverSignature}`
}
