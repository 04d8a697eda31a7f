/** A domain with a key of each algorithm, and its records. */
import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { DkimAlgorithm, DkimSigningKey, DomainResource } from '@mailfleet/schema'

export interface SigningDomain {
  dkimKeys: DkimSigningKey[]
  /** TXT records by name. */
  records: Record<string, string>
}

export function signingKeys(
  domainName: string,
  algorithms: DkimAlgorithm[] = ['RSA_SHA256', 'ED25519_SHA256'],
): SigningDomain {
  const keys = algorithms.map((algorithm) => {
    const isRsa = algorithm === 'RSA_SHA256'
    const { privateKey } = isRsa ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519')
    const selector = isRsa ? 'rsa' : 'ed'
    const p = publicKeyOf(privateKey).toString('base64')
    return {
      name: `${selector}._domainkey.${domainName}`,
      record: `v=DKIM1; k=${isRsa ? 'rsa' : 'ed25519'}; p=${p}`,
      key: {
        id: `k-${selector}-${domainName}`,
        selector,
        algorithm,
        privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      },
    }
  })
  return {
    dkimKeys: keys.map(({ key }) => key),
    records: Object.fromEntries(keys.map(({ name, record }) => [name, record])),
  }
}

function publicKeyOf(privateKey: KeyObject): Buffer {
  const der = createPublicKey(privateKey).export({ type: 'spki', format: 'der' })
  return privateKey.asymmetricKeyType === 'rsa' ? der : der.subarray(-32)
}

export const signingDomain = (domain: DomainResource): DomainResource & { records: SigningDomain['records'] } => ({
  ...domain,
  ...signingKeys(domain.name),
})
