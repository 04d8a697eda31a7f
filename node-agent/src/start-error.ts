/** The agent cannot start, for a reason that whoever runs it can mend: the message says which, in one line. */
export class StartError extends Error {
  override name = 'StartError'
}
