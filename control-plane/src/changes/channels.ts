/** Names shared by all replicas on one database. */
export const changeChannel = 'mailfleet_changes'
/** Of advisory locks; the numbers mean nothing but must differ. */
export const sequencerLock = 7_203_001
export const compactionLock = 7_203_002
