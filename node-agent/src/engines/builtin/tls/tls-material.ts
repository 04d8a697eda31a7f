/** What a process needs to answer handshakes as the node does, and the context made of it. */
import { createSecureContext, type SecureContext } from 'node:tls'
import type { KeyAndCertificate } from './self-signed.js'
import type { TlsProvider } from './tls-provider.js'

export interface TlsMaterial {
  pair: KeyAndCertificate
  /** The same in all processes of the node, so that a client resumes its TLS session whichever of them it meets. */
  ticketKeys: Uint8Array
}

/** Throws on damaged input, and on a key that is not the certificate's. */
export const contextOf = ({ pair, ticketKeys }: TlsMaterial): SecureContext =>
  createSecureContext({
    key: pair.key,
    cert: pair.certificate,
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    ticketKeys: Buffer.from(ticketKeys),
  } as Parameters<typeof createSecureContext>[0])

/** For a process that is told which certificate is shown. */
export function followedTls(first: TlsMaterial): TlsProvider & { use(material: TlsMaterial): void } {
  let context = contextOf(first)
  return {
    secureContext: () => context,
    use: (material) => (context = contextOf(material)),
  }
}
