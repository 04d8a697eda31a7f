/** Checks of single input values that many features share. Each throws INVALID_INPUT with the field's path. */
import { invalidInput } from './errors.js'
import { storableText } from './storable-text.js'

const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/u

/** A line of text for people: trimmed, NFC, without control characters (so that it is safe in a header or a log). */
export function requireText(value: string, path: string[], maxLength: number): string {
  const text = storableText(value).normalize('NFC').trim()
  if (text === '') throw invalidInput(path, 'This must not be empty.')
  if ([...text].length > maxLength) {
    throw invalidInput(path, `This must have at most ${maxLength} characters.`, { max: maxLength })
  }
  if (controls.test(text)) throw invalidInput(path, 'This must not contain control characters.')
  return text
}

/** Passwords are taken as they are, except that PostgreSQL and PAM cannot hold NUL. */
export function requirePassword(value: string, path: string[], minLength: number): string {
  const length = [...value].length
  if (length < minLength || length > 256) {
    throw invalidInput(path, `This must have ${minLength} to 256 characters.`, { min: minLength, max: 256 })
  }
  if (value.includes('\0')) throw invalidInput(path, 'This must not contain control characters.')
  return value
}

/** For fields that may be left out, but not set to null. */
export function withoutNull<T>(value: T | null | undefined, path: string[]): T | undefined {
  if (value === null) throw invalidInput(path, 'This cannot be null.')
  return value
}
