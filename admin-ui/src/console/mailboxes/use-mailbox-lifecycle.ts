import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { MailboxRow } from './mailboxes.queries.ts'

/** What may be done with a mailbox, for its row and its page alike. */
export const useMailboxLifecycle = (shown: Shown<MailboxRow>) =>
  useLifecycle(shown, {
    type: 'Mailbox',
    texts: 'mailboxes',
    touches: ['Domain', 'Tenant'],
    nameOf: (mailbox) => mailbox.displayAddress,
  })
