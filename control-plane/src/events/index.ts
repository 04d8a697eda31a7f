export { startEvents, type Events } from './start-events.js'
export { MailEvents1764000000004 } from './mail-events.migration.js'
export { MailEventAuthentication1766000000302 } from './mail-event-authentication.migration.js'
export { MailEventResolver } from './mail-event.resolver.js'
