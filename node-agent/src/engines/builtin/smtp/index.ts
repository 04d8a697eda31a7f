export { createSmtpServer } from './create-smtp-server.js'
export type { SmtpPorts, SmtpServerDeps, SmtpServerOptions } from './create-smtp-server.js'
export { deliveryPrefix } from './trace-fields.js'
