export { createSmtpServer } from './create-smtp-server.js'
