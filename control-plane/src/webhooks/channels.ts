/** Told when there is something to send; the number is an advisory lock's, of no other meaning. */
export const deliveryChannel = 'mailfleet_webhooks'
export const dispatchLock = 7_203_061
