/** What the person at the terminal needs to know once everything runs. */
export function summary(options, credentials, demo) {
  const host = options.bind === '0.0.0.0' || options.bind === '::' ? options.hostName : options.bind
  const at = (port) => (port === 'off' ? 'off' : `${host}:${port}`)
  const lines = [
    '',
    'Mailfleet is ready.',
    '',
    `  Console and API   ${options.publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}:${options.httpPort}`}`,
    `  SMTP (MX)         ${at(options.smtpPort)}`,
    `  Submission        ${at(options.submissionPort)} STARTTLS, ${at(options.submissionsPort)} TLS`,
    `  IMAP              ${at(options.imapPort)} STARTTLS, ${at(options.imapsPort)} TLS`,
    `  POP3              ${at(options.pop3Port)} STLS, ${at(options.pop3sPort)} TLS`,
  ]
  if (credentials)
    lines.push(
      '',
      `  First administrator  ${credentials.email}`,
      `  Password             ${credentials.password}`,
      '',
      '  The password is shown this once only: note it, or change it in the console.',
    )
  if (demo) lines.push('', ...demo)
  lines.push('', 'Ctrl-C stops everything.')
  return lines.join('\n')
}
