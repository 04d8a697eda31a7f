export { openSendLimits, type OpenedSendLimits, type SendLimits } from './send-limits.js'
