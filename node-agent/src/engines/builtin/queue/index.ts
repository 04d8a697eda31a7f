export { createOutboundQueue } from './create-outbound-queue.js'
export type { OpenedOutboundQueue, OutboundQueueDeps, OutboundQueueOptions } from './create-outbound-queue.js'
export type { DeliverLocal } from './bouncer.js'
export type { FailedRecipient, OutboundMessage, OutboundQueue, QueuedRecipient } from './outbound-queue.js'
