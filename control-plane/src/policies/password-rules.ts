/**
 * What policies say about a new password, wherever one is set: its length, and that it is none of the last ones. Former hashes are
 * kept only while a policy asks for them, and only as many as it asks for.
 */
import { verifyPassword } from '../platform/password.js'
import { ExpectedError } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { requirePassword } from '../platform/input.js'
import type { EntityManager } from 'typeorm'
import { effectiveValue, queryAbove, type PolicyObject } from './object-policies.js'

export interface PasswordOwner {
  /** The table that holds it. */
  kind: 'administrator' | 'mailbox'
  /** Null: it is only about to be made. */
  id: string | null
  object: PolicyObject
}

/**
 * To be called once the caller may set it, in the transaction that then does: it keeps the hash that is replaced. `floor` is the
 * least length that there is without any policy.
 */
export async function requireNewPassword(
  manager: EntityManager,
  { kind, id, object }: PasswordOwner,
  password: string,
  { path, floor }: { path: string[]; floor: number },
): Promise<void> {
  const query = <T>(sql: string, parameters: unknown[]): Promise<T[]> => manager.query(sql, parameters)
  const minLength = await effectiveValue(queryAbove(manager), 'PASSWORD_LENGTH', object)
  requirePassword(password, path, Math.max(floor, minLength))
  if (id === null) return
  const reuse = await effectiveValue(queryAbove(manager), 'PASSWORD_REUSE', object)
  if (reuse === 0) return void (await query(`DELETE FROM former_password WHERE ${kind}_id = $1`, [id]))
  const [current] = await query<{ hash: string }>(
    `SELECT password_hash AS hash FROM ${kind} WHERE id = $1 AND password_hash IS NOT NULL FOR UPDATE`,
    [id],
  )
  const former = await query<{ id: string; hash: string }>(
    `SELECT id, password_hash AS hash FROM former_password WHERE ${kind}_id = $1 ORDER BY id DESC`,
    [id],
  )
  const kept = former.slice(0, reuse - 1)
  const last = [...(current ? [current] : []), ...kept]
  const matches = await Promise.all(last.map(({ hash }) => verifyPassword(hash, password)))
  if (matches.includes(true)) {
    const message = `This must be none of the last ${reuse} passwords.`
    throw new ExpectedError('POLICY_REFUSED', { path, message, params: { policy: 'PASSWORD_REUSE', count: reuse } })
  }
  await query(`DELETE FROM former_password WHERE ${kind}_id = $1 AND NOT id = ANY($2::uuid[])`, [
    id,
    kept.map((one) => one.id),
  ])
  if (!current) return
  await query(`INSERT INTO former_password (id, ${kind}_id, password_hash) VALUES ($1, $2, $3)`, [
    newId(),
    id,
    current.hash,
  ])
}
