export const nav = {
  main: 'Main navigation',
  overview: 'Overview',
  tenants: 'Tenants',
  domains: 'Domains',
  mailboxes: 'Mailboxes',
  aliases: 'Aliases',
  administrators: 'Administrators',
  nodes: 'Mail nodes',
  log: 'Message log',
  account: 'Your account',
  hosting: 'Hosting',
  operations: 'Operations',
  access: 'Access',
  open: 'Open navigation',
  signOut: 'Sign out',
  theme: 'Appearance',
  language: 'Language',
}

export const theme = { system: 'System', light: 'Light', dark: 'Dark' }

export const signIn = {
  passkey: 'Sign in with a passkey',
  passkeyFailed: 'The passkey was not used. Try again.',
  code: 'Code of your authenticator app',
  codeHint: 'Or one of your recovery codes.',
  verify: 'Continue',
  again: 'Begin again',
  title: 'Sign in to Mailfleet',
  text: 'The control plane for hosted e-mail.',
  email: 'E-mail address',
  password: 'Password',
  submit: 'Sign in',
  showPassword: 'Show password',
  hidePassword: 'Hide password',
  unreachable: 'The server cannot be reached',
}
