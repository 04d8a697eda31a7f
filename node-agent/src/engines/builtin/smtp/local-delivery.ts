/** Puts a message of our own making, such as a bounce, where the router says: what the outbound queue calls for senders of ours. */
import type { Logger } from 'pino'
import type { DeliverLocal } from '../queue/bouncer.js'
import type { QueuedRecipient } from '../queue/outbound-queue.js'
import type { Router } from '../routing/router.js'
import type { MailStore } from '../store/mail-store.js'
import { deliveryPrefix } from './trace-fields.js'

export interface LocalDeliveryDeps {
  router: Router
  store: Pick<MailStore, 'deliver'>
  logger: Logger
}

export const createLocalDelivery =
  ({ router, store, logger }: LocalDeliveryDeps): DeliverLocal =>
  async (content, reversePath, recipient, event) => {
    const resolution = router.resolve(recipient)
    if (resolution.type !== 'local') {
      logger.info({ transactionId: event.transactionId, reason: resolution.type }, 'a notification has no taker')
      return []
    }
    const mailboxes = resolution.destinations.flatMap((to) => (to.type === 'mailbox' ? [to.mailbox] : []))
    const deliveries = mailboxes.map((mailbox) => ({
      accountId: mailbox.id,
      prefix: deliveryPrefix(reversePath, mailbox.address),
      event: {
        ...event,
        domainId: mailbox.domainId,
        mailboxId: mailbox.id,
        recipient: mailbox.address,
        originalRecipient: recipient,
      },
    }))
    if (deliveries.length > 0) {
      const outcomes = await store.deliver(content, deliveries)
      for (const error of outcomes) {
        if (error) logger.info({ transactionId: event.transactionId, code: error.code }, 'a notification does not fit')
      }
    }
    return resolution.destinations.flatMap((to): QueuedRecipient[] =>
      to.type === 'relay' ? [{ address: to.address, domainId: to.onBehalfOf.id }] : [],
    )
  }
