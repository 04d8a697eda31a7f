/** The POP3 server of the builtin engine. */
export { createPop3Server, type Pop3Server, type Pop3ServerOptions } from './pop3-server.js'
