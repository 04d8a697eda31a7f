/** Where a message goes in the end: each mailbox and each foreign address once, whichever recipients and groups lead to it. */
import type { GroupResource, MailboxResource } from '@mailfleet/schema'
import { groupOwnerAddress } from '@mailfleet/schema'
import { withoutSuccess } from '../queue/notification-request.js'
import type { RecipientRequest } from '../queue/notification-request.js'
import type { QueuedRecipient } from '../queue/outbound-queue.js'
import type { AcceptedRecipient, Transaction } from './transaction.js'

export interface LocalDelivery {
  mailbox: MailboxResource
  recipient: AcceptedRecipient
  list: GroupResource | null
}

/** What leaves as one message: that of a group has fields and a reverse-path of its own. */
export interface RelayedMessage {
  list: GroupResource | null
  recipients: QueuedRecipient[]
}

export function finalDestinations(transaction: Transaction): { local: LocalDelivery[]; relayed: RelayedMessage[] } {
  const local = new Map<string, LocalDelivery>()
  const seen = new Set<string>()
  const relayed = new Map<string | null, RelayedMessage>()
  for (const { recipient, destination } of directFirst(transaction)) {
    const list = destination.list ?? null
    if (destination.type === 'mailbox') {
      const { mailbox } = destination
      if (!local.has(mailbox.id)) local.set(mailbox.id, { mailbox, recipient, list })
      continue
    }
    if (seen.has(destination.address)) continue
    seen.add(destination.address)
    const message = relayed.get(list?.id ?? null) ?? { list, recipients: [] }
    relayed.set(list?.id ?? null, message)
    message.recipients.push({
      address: destination.address,
      // A notification names what its reader knows: the sender wrote to one address, a group's owner looks for the member.
      ...(!list && { originalRecipient: recipient.address }),
      domainId: destination.onBehalfOf.id,
      ...(!list && { request: passedOn(recipient) }),
      ...(transaction.submitter && !recipient.local && { mailboxId: transaction.submitter.mailbox.id }),
    })
  }
  return { local: [...local.values()], relayed: [...relayed.values()] }
}

/** Whoever is written to by name gets the message as it was written, and not a group's copy of it. */
function directFirst({ recipients }: Transaction) {
  const all = [...recipients.values()].flatMap((recipient) =>
    recipient.destinations.map((destination) => ({ recipient, destination })),
  )
  return [...all.filter(({ destination }) => !destination.list), ...all.filter(({ destination }) => destination.list)]
}

/** RFC 3461 section 5.2.7: of a recipient that became several the sender has heard as such, and not of each. */
const passedOn = ({ request, destinations }: AcceptedRecipient): RecipientRequest =>
  destinations.length === 1 ? request : withoutSuccess(request)

/** Who hears of what could not be delivered: of a group's mail its owners, not whoever wrote to it (RFC 5321 section 3.9.2). */
export const reversePathFor = (transaction: Transaction, list: GroupResource | null): string =>
  list ? groupOwnerAddress(list.address) : transaction.reversePath
