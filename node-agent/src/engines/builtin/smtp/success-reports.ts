/** Of what ended here whoever asked hears at once (RFC 3461 section 5.2.7); of what is sent on the queue tells, or the next host. */
import { isWanted } from '../queue/notification-request.js'
import type { ReportedRecipient } from '../queue/outbound-queue.js'
import type { AcceptedRecipient, Transaction } from './transaction.js'

/** `failed`: ids of the mailboxes that did not take the message. */
export function successReports(transaction: Transaction, failed: Set<string>): ReportedRecipient[] {
  return [...transaction.recipients.values()].flatMap((recipient) => {
    const action = actionOf(recipient, failed)
    if (action === null || !isWanted(action, recipient.request.notify)) return []
    return [
      {
        address: recipient.address,
        domainId: recipient.domain.id,
        request: recipient.request,
        action,
        status: '2.0.0',
        diagnostic: action === 'delivered' ? 'Delivered' : 'Sent on to several addresses',
        remoteHost: null,
      },
    ]
  })
}

function actionOf({ destinations }: AcceptedRecipient, failed: Set<string>): 'delivered' | 'expanded' | null {
  // A message to a group has arrived with the group: what goes out from there is the group's.
  if (destinations.some(({ list }) => list)) return 'delivered'
  if (destinations.length > 1) return 'expanded'
  const [only] = destinations
  return only?.type === 'mailbox' && !failed.has(only.mailbox.id) ? 'delivered' : null
}
