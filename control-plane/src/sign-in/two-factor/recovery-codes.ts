/** Codes to get in without the second factor, each once: ten of 80 random bits, of which the database has a hash. */
import { createHash, randomBytes } from 'node:crypto'
import type { EntityManager } from 'typeorm'
import { newId } from '../../platform/ids.js'

const codeCount = 10
/** Crockford's base 32: what is easily taken for a digit is one. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz'
const codeLength = 16

const newCode = (): string =>
  [...randomBytes(codeLength)]
    .map((byte) => alphabet[byte & 31])
    .join('')
    .replace(/.{4}(?!$)/g, '$&-')

const hashOf = (code: string): Buffer => {
  const plain = code.toLowerCase().replace(/[\s-]/g, '').replaceAll('o', '0').replace(/[il]/g, '1')
  return createHash('sha256').update(plain).digest()
}

/** New ones in place of all old ones. */
export async function renewRecoveryCodes(manager: EntityManager, administratorId: string): Promise<string[]> {
  const codes = Array.from({ length: codeCount }, newCode)
  await manager.query('DELETE FROM recovery_code WHERE administrator_id = $1', [administratorId])
  await manager.query(
    `INSERT INTO recovery_code (id, administrator_id, code_hash)
     SELECT id, $1, code_hash FROM unnest($2::uuid[], $3::bytea[]) AS made (id, code_hash)`,
    [administratorId, codes.map(() => newId()), codes.map(hashOf)],
  )
  return codes
}

export async function useRecoveryCode(manager: EntityManager, administratorId: string, code: string): Promise<boolean> {
  const [, used]: [unknown, number] = await manager.query(
    'UPDATE recovery_code SET used_at = now() WHERE administrator_id = $1 AND code_hash = $2 AND used_at IS NULL',
    [administratorId, hashOf(code.slice(0, 100))],
  )
  return used === 1
}
