export { Mailbox, mailboxSubject } from './mailbox.entity.js'
export { effectiveStatusOfMailbox } from './mailbox.queries.js'
export { MailboxResolver } from './mailbox.resolver.js'
export { requireMailbox } from './mailbox.service.js'
