export * from './mail-store.js'
export { openMailStore, type MailStoreOptions, type OpenedMailStore } from './open-mail-store.js'
export { openStoreReplica, type WriteAnswer, type WriteCall } from './store-replica.js'
