/** What may be done with a mailbox, for its row and its page alike. */
import { CirclePause, CirclePlay, Trash2 } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { useLifecycle } from '../lifecycle/use-lifecycle.ts'
import { mailboxLifecycle, type MailboxRow } from './mailboxes.queries.ts'

export function useMailboxActions(options: {
  find: (id: string) => MailboxRow | undefined
  reload: () => unknown
  onDeleted?: () => unknown
}) {
  const { t } = useI18n()
  const session = useSession()
  const lifecycle = useLifecycle<MailboxRow>({
    texts: 'mailboxes',
    documents: mailboxLifecycle,
    touches: ['Mailbox', 'Domain', 'Tenant'],
    nameOf: (mailbox) => mailbox.displayAddress,
    ...options,
  })

  const actionsOf = (mailbox: MailboxRow): Action[] =>
    allowed(
      mailbox.status === 'ACTIVE' &&
        session.can('suspend', 'Mailbox') && {
          label: t('common.suspend'),
          icon: CirclePause,
          run: () => lifecycle.ask('suspend', mailbox),
        },
      mailbox.status === 'SUSPENDED' &&
        session.can('suspend', 'Mailbox') && {
          label: t('common.resume'),
          icon: CirclePlay,
          run: () => lifecycle.ask('resume', mailbox),
        },
      session.can('delete', 'Mailbox') && {
        label: t('common.delete'),
        icon: Trash2,
        danger: true,
        run: () => lifecycle.ask('delete', mailbox),
      },
    )

  return { lifecycle, actionsOf }
}
