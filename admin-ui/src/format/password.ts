/** A password for a new mailbox: 20 characters without look-alikes, about 115 bits, from the browser's secure generator. */
const alphabet = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'

export function generatePassword(length = 20): string {
  const limit = 256 - (256 % alphabet.length)
  let password = ''
  while (password.length < length) {
    for (const byte of crypto.getRandomValues(new Uint8Array(length * 2))) {
      // Bytes past the last whole multiple would favour the first letters.
      if (byte < limit && password.length < length) password += alphabet[byte % alphabet.length]
    }
  }
  return password.replace(/^(.{5})(.{5})(.{5})(.*)$/, '$1-$2-$3-$4')
}
