/** Numbers in arguments: refused unless they are plain digits, so that nothing else ever becomes an index. */
import { Pop3Error } from './reply.js'

/** Digits only: no sign, no fraction, no exponent. */
export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Pop3Error('The argument is not a number')
  return Number(text)
}

export function messageNumber(text: string): number {
  const number = count(text)
  if (number === 0) throw new Pop3Error('Messages are numbered from 1')
  return number
}
