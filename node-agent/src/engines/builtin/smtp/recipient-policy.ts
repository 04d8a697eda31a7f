/** Whether a forward-path is taken, decided within the session, so that nobody gets a bounce for what we can say at once. */
import { domainOf, localPartOf, normalizeAddress } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { Destination, Router } from '../routing/router.js'
import type { MailStore } from '../store/mail-store.js'
import { mayPost } from '../groups/index.js'
import { maySendAs } from './sender-policy.js'
import { SmtpError } from './smtp-error.js'
import type { AcceptedRecipient, Transaction } from './transaction.js'

export interface RecipientDeps {
  router: Router
  directory: Directory
  store: Pick<MailStore, 'usage'>
}

const relayDenied = (): SmtpError => new SmtpError(550, '7.1', 'Relaying denied')
/** Ways to write a second hop into a local part, from before the domain name system. We never follow them. */
const hiddenRoute = /[%!]/

export async function checkRecipient(
  { router, directory, store }: RecipientDeps,
  transaction: Transaction,
  forwardPath: string,
): Promise<Omit<AcceptedRecipient, 'request'>> {
  const { submitter } = transaction
  const given = forwardPath === 'postmaster' ? postmaster(directory) : forwardPath

  if (/[^\u0000-\u007f]/.test(given) && !transaction.smtpUtf8) {
    throw new SmtpError(553, '6.7', 'Internationalized addresses need SMTPUTF8')
  }
  const address = normalizeAddress(given)
  if (address === null) {
    if (submitter) throw new SmtpError(553, '1.3', 'We cannot send to this form of address')
    throw new SmtpError(550, '1.1', 'No such mailbox here')
  }
  const named = directory.mailbox(address) ?? directory.alias(address) ?? directory.group(address)
  if (submitter === null && named === undefined && hiddenRoute.test(localPartOf(address))) throw relayDenied()
  const poster = { reversePath: normalizeAddress(transaction.reversePath) ?? '', mailbox: submitter?.mailbox ?? null }
  const resolution = router.resolve(address, mayPost(directory, poster, maySendAs))
  switch (resolution.type) {
    case 'foreign': {
      if (submitter === null) throw relayDenied()
      const onBehalfOf = submitter.domain
      return { address, domain: onBehalfOf, local: false, destinations: [{ type: 'relay', address, onBehalfOf }] }
    }
    case 'unknown':
      throw new SmtpError(550, '1.1', 'No such mailbox here', { fields: { domainId: resolution.domain.id } })
    case 'suspended':
      // RFC 3463 X.2.1: for now, not for good; the sender's server keeps the mail meanwhile.
      throw new SmtpError(450, '2.1', 'This mailbox takes no mail at present', {
        fields: { domainId: resolution.domain.id },
      })
    case 'refused':
      throw new SmtpError(550, '7.1', 'You may not write to this group', { fields: { domainId: resolution.domain.id } })
    case 'loop':
      throw new SmtpError(550, '4.6', 'The address leads back to itself', {
        fields: { domainId: resolution.domain.id },
      })
    case 'local': {
      const { domain, destinations } = resolution
      if (!(await anyHasRoom(store, directory, destinations, transaction.declaredSize))) {
        throw new SmtpError(452, '2.2', 'Mailbox full', { fields: { domainId: domain.id } })
      }
      return { address, domain, local: true, destinations }
    }
  }
}

/** RFC 5321 section 4.5.1: of the domain here that this host's name is in, the nearest one. */
function postmaster(directory: Directory): string {
  const { hostName } = directory.settings()
  const labels = hostName.split('.')
  const domains = labels.map((_label, index) => labels.slice(index).join('.'))
  const here = domains.find((name) => directory.domain(name))
  if (here === undefined) throw new SmtpError(550, '1.1', 'No such mailbox here')
  return `postmaster@${here}`
}

async function anyHasRoom(
  store: Pick<MailStore, 'usage'>,
  directory: Directory,
  destinations: Destination[],
  size: number,
): Promise<boolean> {
  for (const destination of destinations) {
    if (destination.type === 'relay') return true
    const { mailbox } = destination
    const { value: quotaBytes } = directory.policy('MAILBOX_QUOTA', mailbox)
    if (quotaBytes === null) return true
    if ((await store.usage(mailbox.id)).bytes + Math.max(size, 1) <= quotaBytes) return true
  }
  return false
}

/** For REFUSED: whose domain a forward-path names, where it is one of ours. */
export function domainIdOf(directory: Directory, forwardPath: string): string | null {
  const address = normalizeAddress(forwardPath)
  return address === null ? null : (directory.domain(domainOf(address))?.id ?? null)
}
