/**
 * Private keys on their way to the node that serves their domain: sealed in the tables, open in the frame and nowhere before. A key
 * that does not open is left out, so that it signs nothing and stops no other resource.
 */
import type { ConfigEntry } from './entries.js'

export type OpenSealed = (sealed: Buffer, purpose: string) => Promise<Buffer>

interface SealedKey {
  id: string
  sealedPrivateKey: string
}

export async function openSealedKeys(entries: readonly ConfigEntry[], open: OpenSealed): Promise<ConfigEntry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      if (!entry.key.startsWith('Domain/') || !entry.resource?.includes('"sealedPrivateKey"')) return entry
      const resource = JSON.parse(entry.resource) as { dkimKeys: SealedKey[] }
      const dkimKeys = await Promise.all(resource.dkimKeys.map((key) => openKey(key, open)))
      return { ...entry, resource: JSON.stringify({ ...resource, dkimKeys: dkimKeys.filter((key) => key !== null) }) }
    }),
  )
}

async function openKey({ sealedPrivateKey, ...key }: SealedKey, open: OpenSealed) {
  try {
    const privateKey = await open(Buffer.from(sealedPrivateKey, 'base64'), `dkim:${key.id}`)
    return { ...key, privateKey: privateKey.toString('base64') }
  } catch {
    return null
  }
}
