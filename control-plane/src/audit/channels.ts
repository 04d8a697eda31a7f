/** Shared by all replicas on one database; the numbers mean nothing but must differ from those in changes/channels.ts. */
export const auditChainLock = 7_203_009
