/** CAPA of a session (RFC 2449 section 5): what works now, and nothing else. */
export function capabilities(session: { secure: boolean; signedIn: boolean; scramReady: boolean }): string[] {
  const signIn = session.secure ? ['USER', `SASL PLAIN${session.scramReady ? ' SCRAM-SHA-256' : ''}`] : ['STLS']
  return [
    'TOP',
    'UIDL',
    'PIPELINING',
    'RESP-CODES',
    'AUTH-RESP-CODE',
    'EXPIRE NEVER',
    ...(session.signedIn ? [] : signIn),
    'IMPLEMENTATION Mailfleet',
  ]
}
