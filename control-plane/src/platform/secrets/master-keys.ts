/**
 * Master keys: 256 random bits each, in base64. The first of several is the current one; the others only open what it has not
 * taken over yet. They are never in the database.
 */
import { createHmac } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

export interface MasterKey {
  /** Tells keys apart and tells nothing of them. */
  id: string
  key: Buffer
}

export interface MasterKeySource {
  /** Keys, separated by blanks or commas. */
  masterKey: string | null
  /** Or a file with one key on each line. */
  masterKeyFile: string | null
}

export const masterKeyBytes = 32

export function readMasterKeys({ masterKey, masterKeyFile }: MasterKeySource): MasterKey[] {
  if (masterKey !== null) return parseMasterKeys(masterKey, 'MAILFLEET_MASTER_KEY')
  if (masterKeyFile === null) {
    throw new Error('no master key: give MAILFLEET_MASTER_KEY_FILE, a file that holds 32 random bytes in base64')
  }
  return parseMasterKeys(readKeyFile(masterKeyFile), masterKeyFile)
}

function readKeyFile(path: string): string {
  let mode: number
  let text: string
  try {
    mode = statSync(path).mode
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Error(`the master key cannot be read: ${(error as Error).message}`, { cause: error })
  }
  // A group may be meant to read it, as with Kubernetes' fsGroup.
  if ((mode & 0o007) !== 0) throw new Error(`${path} holds the master key and is open to everybody: chmod 600 it`)
  return text
}

export function parseMasterKeys(text: string, source: string): MasterKey[] {
  const keys = text.split(/[\s,]+/).filter(Boolean)
  if (keys.length === 0) throw new Error(`${source} holds no master key`)
  return keys.map((encoded, index) => {
    const key = Buffer.from(encoded, 'base64')
    if (key.length !== masterKeyBytes || key.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, '')) {
      throw new Error(`${source}: master key ${index + 1} is not ${masterKeyBytes} bytes in base64`)
    }
    return { id: createHmac('sha256', key).update('mailfleet master key id').digest('hex').slice(0, 16), key }
  })
}
