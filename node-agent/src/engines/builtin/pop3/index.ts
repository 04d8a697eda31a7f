/** POP3 of the builtin engine. */
export { createLocalLocks, type LockHolder, type MailboxLocks } from './mailbox-locks.js'
export {
  createPop3Protocol,
  createPop3Server,
  pop3Texts,
  type Pop3Server,
  type Pop3ServerOptions,
} from './pop3-server.js'
