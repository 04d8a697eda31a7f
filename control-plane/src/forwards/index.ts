export { Forward, forwardSubject } from './forward.entity.js'
export { ForwardResolver } from './forward.resolver.js'
export { MailboxForwardResolver } from './mailbox-forward.resolver.js'
