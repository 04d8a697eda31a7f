/** A certificate authority of the tests' own, made when they run: what it signs is good where it is trusted, and as bad as asked for. */
import { randomBytes, webcrypto } from 'node:crypto'
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509'

export interface Identity {
  key: string
  /** With the authority's, as a server sends it. */
  cert: string
}

export interface Authority {
  /** PEM. */
  certificate: string
  issue(names: string[], validity?: { from?: Date; to?: Date }): Promise<Identity>
}

const signingAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const day = 86_400_000
const serialNumber = (): string => `4${randomBytes(16).toString('hex').slice(1)}`

export async function createAuthority(name: string): Promise<Authority> {
  cryptoProvider.set(webcrypto as never)
  const generate = () => webcrypto.subtle.generateKey(signingAlgorithm, true, ['sign', 'verify'])
  const keys = await generate()
  const notBefore = new Date(Date.now() - 30 * day)
  const authority = await X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [name] }],
    notBefore,
    notAfter: new Date(Date.now() + day),
    signingAlgorithm,
    keys: keys as never,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
    ],
  })
  const certificate = authority.toString('pem')
  return {
    certificate,
    async issue(names, { from = notBefore, to = new Date(Date.now() + day) } = {}) {
      const own = await generate()
      const leaf = await X509CertificateGenerator.create({
        serialNumber: serialNumber(),
        subject: [{ CN: [names[0]!] }],
        issuer: authority.subject,
        notBefore: from,
        notAfter: to,
        signingAlgorithm,
        publicKey: own.publicKey as never,
        signingKey: keys.privateKey as never,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new SubjectAlternativeNameExtension(names.map((value) => ({ type: 'dns' as const, value }))),
        ],
      })
      const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', own.privateKey)
      const key = PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag)
      return { key, cert: `${leaf.toString('pem')}\n${certificate}` }
    },
  }
}
