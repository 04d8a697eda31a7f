/** CAPA of a session (RFC 2449 section 5): what works now, and nothing else. */
export function capabilities(session: { secure: boolean; signedIn: boolean; mechanisms: string[] }): string[] {
  const signIn = session.secure ? ['USER', `SASL ${['PLAIN', ...session.mechanisms].join(' ')}`] : ['STLS']
  return [
    'TOP',
    'UIDL',
    'UTF8 USER',
    'PIPELINING',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'EXPIRE NEVER',
    ...(session.signedIn ? [] : signIn),
    'IMPLEMENTATION Mailfleet',
  ]
}
