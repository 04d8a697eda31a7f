/** The accounts of a run, the same on every server. */
import { randomBytes } from 'node:crypto'

const password = randomBytes(9).toString('hex')
const numbered = (prefix, count) =>
  Array.from({ length: count }, (_, index) => ({ login: `${prefix}${index + 1}@bench.test`, password }))

export const users = {
  login: numbered('login', 100),
  large: numbered('large', 1),
  medium: numbered('medium', 1),
  bodies: numbered('bodies', 1),
  append: numbered('append', 50),
  mixed: numbered('mixed', 100),
  pop3: numbered('pop', 4),
  idle: numbered('idle', 1000),
}
export const allUsers = Object.values(users).flat()
