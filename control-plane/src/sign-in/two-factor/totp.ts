/** Codes of authenticator apps (RFC 6238): 30 seconds, six digits, one step of drift either way, each code once. */
import { Secret, TOTP } from 'otpauth'
import type { EntityManager } from 'typeorm'
import { newId } from '../../platform/ids.js'
import type { Secrets } from '../../platform/secrets/index.js'

const issuer = 'Mailfleet'
const drift = 1

const purposeOf = (credentialId: string): string => `totp:${credentialId}`

const totpOf = (base32: string, label = ''): TOTP =>
  new TOTP({ issuer, label, secret: Secret.fromBase32(base32), algorithm: 'SHA1', digits: 6, period: 30 })

export interface TotpEnrolment {
  /** Base32, for apps that cannot scan. */
  secret: string
  /** `otpauth:` for a QR code. */
  uri: string
}

/** In place of one that was begun and not confirmed. One that is in use stays in use until this one is confirmed. */
export async function beginTotp(
  manager: EntityManager,
  secrets: Secrets,
  administratorId: string,
  label: string,
): Promise<TotpEnrolment> {
  const id = newId()
  const secret = new Secret({ size: 20 }).base32
  await manager.query(
    `INSERT INTO totp_credential (id, administrator_id, sealed_secret) VALUES ($1, $2, $3)
     ON CONFLICT (administrator_id, (confirmed_at IS NULL)) DO UPDATE
     SET id = EXCLUDED.id, sealed_secret = EXCLUDED.sealed_secret, last_step = 0, created_at = now()`,
    [id, administratorId, secrets.seal(secret, purposeOf(id))],
  )
  return { secret, uri: totpOf(secret, label).toString() }
}

/** Whether the code was right; from then on it is the one in use. */
export async function confirmTotp(
  manager: EntityManager,
  secrets: Secrets,
  administratorId: string,
  code: string,
): Promise<boolean> {
  const id = await useCode(manager, secrets, administratorId, code, 'IS NULL')
  if (id === null) return false
  await manager.query('DELETE FROM totp_credential WHERE administrator_id = $1 AND confirmed_at IS NOT NULL', [
    administratorId,
  ])
  await manager.query('UPDATE totp_credential SET confirmed_at = now() WHERE id = $1', [id])
  return true
}

export const useTotpCode = async (
  manager: EntityManager,
  secrets: Secrets,
  administratorId: string,
  code: string,
): Promise<boolean> => (await useCode(manager, secrets, administratorId, code, 'IS NOT NULL')) !== null

async function useCode(
  manager: EntityManager,
  secrets: Secrets,
  administratorId: string,
  code: string,
  confirmed: 'IS NULL' | 'IS NOT NULL',
): Promise<string | null> {
  const token = code.replace(/\s/g, '')
  if (!/^\d{6}$/.test(token)) return null
  const [row]: { id: string; sealed_secret: Buffer }[] = await manager.query(
    `SELECT id, sealed_secret FROM totp_credential WHERE administrator_id = $1 AND confirmed_at ${confirmed} FOR UPDATE`,
    [administratorId],
  )
  if (!row) return null
  const totp = totpOf(await secrets.openText(row.sealed_secret, purposeOf(row.id)))
  const timestamp = Date.now()
  const delta = totp.validate({ token, timestamp, window: drift })
  if (delta === null) return null
  const step = totp.counter({ timestamp }) + delta
  const [, changed]: [unknown, number] = await manager.query(
    'UPDATE totp_credential SET last_step = $2 WHERE id = $1 AND last_step < $2',
    [row.id, step],
  )
  return changed === 1 ? row.id : null
}
