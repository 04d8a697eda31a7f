/** The IMAP server of the builtin engine. */
export { createImapServer, type ImapServer, type ImapServerOptions } from './imap-server.js'
