/** Messages that follow from a number, of all the ways in which the store keeps octets. */
import { createHash } from 'node:crypto'

const sizes = [200, 4_000, 15_000, 40_000, 150_000, 300_000]

export function octetsOf(number: number): Buffer {
  const size = number % 20 === 0 ? sizes[5]! : sizes[number % 5]!
  return createHash('shake256', { outputLength: size }).update(String(number)).digest()
}
export const accountOf = (number: number): string => `account-${number % 7}`
