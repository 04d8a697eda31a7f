/** How a connection can fail its session. None of them is a fault of ours: the server ends the session without noise. */

export class ConnectionError extends Error {
  override name = 'ConnectionError'
}
/** The client left in the middle of a line or literal, or while it was written to. */
export class ConnectionClosedError extends ConnectionError {
  override name = 'ConnectionClosedError'
}
/** No line end within the limit. What was read of the line is dropped: answer, and close. */
export class LineTooLongError extends ConnectionError {
  override name = 'LineTooLongError'
}
/** A line that ended in LF alone, where only CRLF counts. The line is consumed: the session may answer and go on. */
export class BareLineFeedError extends ConnectionError {
  override name = 'BareLineFeedError'
}
/** The client was silent for `idleTimeoutMs`. */
export class IdleTimeoutError extends ConnectionError {
  override name = 'IdleTimeoutError'
}
/** The client did not take what was written to it for `writeTimeoutMs`; the connection is cut. */
export class WriteTimeoutError extends ConnectionError {
  override name = 'WriteTimeoutError'
}
/** TLS could not be had; the connection is cut, since nobody knows which side believes what. */
export class TlsHandshakeError extends ConnectionError {
  override name = 'TlsHandshakeError'
}
