export { openSendLimits, type OpenedSendLimits, type SendLimits } from './send-limits.js'
export { blockedBy } from './sender-lists.js'
