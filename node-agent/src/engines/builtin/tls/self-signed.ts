/** A certificate for a node that was given none: clients can encrypt, and pin it, until a real one is set. */
import { webcrypto, randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import 'reflect-metadata'
import {
  BasicConstraintsExtension,
  cryptoProvider,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
  type JsonGeneralName,
} from '@peculiar/x509'

export interface KeyAndCertificate {
  key: string
  certificate: string
}

const day = 86_400_000
const validDays = 365
const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

export async function createSelfSigned(hostName: string, now: Date): Promise<KeyAndCertificate> {
  cryptoProvider.set(webcrypto as never)
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const names: JsonGeneralName[] = [
    { type: isIP(hostName) ? 'ip' : 'dns', value: hostName },
    { type: 'dns', value: 'localhost' },
    { type: 'ip', value: '127.0.0.1' },
    { type: 'ip', value: '::1' },
  ]
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // Positive and without leading zeros (RFC 5280 section 4.1.2.2).
    serialNumber: `4${randomBytes(16).toString('hex').slice(1)}`,
    // RFC 5280 bounds a common name to 64 characters; the names that count are the alternative ones.
    name: [{ CN: [hostName.slice(0, 64)] }],
    // A day back: clients' clocks are not all right.
    notBefore: new Date(now.getTime() - day),
    notAfter: new Date(now.getTime() + validDays * day),
    signingAlgorithm: algorithm,
    keys: keys as never,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth], false),
      new SubjectAlternativeNameExtension(names),
    ],
  })
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { key: PemConverter.encode(pkcs8, PemConverter.PrivateKeyTag), certificate: certificate.toString('pem') }
}
