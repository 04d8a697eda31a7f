/** A failure that the person at the terminal can mend: its message is the one line that they see. */
export class UserError extends Error {
  name = 'UserError'
}
