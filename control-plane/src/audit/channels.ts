/** Shared by all replicas on one database; the numbers mean nothing but must differ from those in changes/channels.ts. */
export const auditChainLock = 7_203_009
/** Told after each batch of the chain. A notice only wakes; what happened is read from the trail. */
export const auditChannel = 'mailfleet_audit'
