/**
 * App passwords: secrets of one form, made by the control plane and never chosen by people.
 *
 * They have 120 bits of chance, and so a plain SHA-256 keeps them: nobody finds one by trying, however fast the hash is. A slow
 * hash, which passwords of people need, would cost each sign-in of each program its time for nothing.
 */
import { createHash, randomBytes } from 'node:crypto'

/** RFC 4648 section 6 in lower case: no character that people take for another. */
const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
const length = 24

/** As it is shown and typed; a console may show it in groups. */
export const makeAppPassword = (): string =>
  [...randomBytes(length)].map((octet) => alphabet[octet % alphabet.length]).join('')

/** As it is hashed, whatever case and spacing it was typed in; null for what cannot be one. */
export function normalizeAppPassword(input: string): string | null {
  // Bounded before it is looked at: it is whatever a stranger sends.
  const secret = input.length <= 64 ? input.replace(/[\s-]/g, '').toLowerCase() : ''
  return /^[a-z2-7]{24}$/.test(secret) ? secret : null
}

/** Base64. */
export const hashAppPassword = (secret: string): string => createHash('sha256').update(secret).digest('base64')
