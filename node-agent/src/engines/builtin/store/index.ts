export * from './mail-store.js'
export { openMailStore, type MailStoreOptions, type OpenedMailStore } from './open-mail-store.js'
