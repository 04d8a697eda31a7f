/**
 * Delivers what the node itself has to say, bounces, to an address of ours. What cannot be stored is logged and dropped: a bounce
 * has no sender whom one could tell.
 */
import type { Logger } from 'pino'
import type { Directory } from '../../config/directory.js'
import type { DeliverLocal } from './queue/bouncer.js'
import type { Router } from './routing/router.js'
import { deliveryPrefix } from './smtp/trace-fields.js'
import type { Delivery, MailStore } from './store/index.js'

export function createLocalDelivery(deps: {
  store: Pick<MailStore, 'deliver'>
  router: Router
  directory: Directory
  logger: Logger
}): DeliverLocal {
  const { store, router, logger } = deps
  return async (content, reversePath, recipient, event) => {
    const resolution = router.resolve(recipient)
    if (resolution.type !== 'local') {
      logger.info({ transactionId: event.transactionId, reason: resolution.type }, 'a bounce has no mailbox to go to')
      return []
    }
    const mailboxes = resolution.destinations.flatMap((to) => (to.type === 'mailbox' ? [to.mailbox] : []))
    const deliveries = mailboxes.map(({ id, address, domainId }): Delivery => ({
      accountId: id,
      prefix: deliveryPrefix(reversePath, address),
      event: { ...event, domainId, mailboxId: id, recipient: address, originalRecipient: recipient },
    }))
    const outcomes = deliveries.length > 0 ? await store.deliver(content, deliveries) : []
    for (const error of outcomes) {
      if (error?.code === 'UNAVAILABLE') throw error
      if (error) logger.warn({ err: error, transactionId: event.transactionId }, 'a bounce was not stored')
    }
    return resolution.destinations.flatMap((to) =>
      to.type === 'relay' ? [{ address: to.address, domainId: to.onBehalfOf.id }] : [],
    )
  }
}
