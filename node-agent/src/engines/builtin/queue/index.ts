export { createOutboundQueue } from './create-outbound-queue.js'
export type { OpenedOutboundQueue, OutboundQueueDeps, OutboundQueueOptions } from './create-outbound-queue.js'
export type { OutboundQueue } from './outbound-queue.js'
