/** IMAP of the builtin engine. */
export {
  createImapProtocol,
  createImapServer,
  imapTexts,
  type ImapServer,
  type ImapServerOptions,
} from './imap-server.js'
