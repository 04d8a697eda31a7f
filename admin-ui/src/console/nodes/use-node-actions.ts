import { CirclePause, CirclePlay, Trash2 } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { useLifecycle } from '../lifecycle/use-lifecycle.ts'
import { mailNodeLifecycle, type MailNodeRow } from './nodes.queries.ts'

/** What may be done with a node, for its row and its page alike. */
export function useNodeActions(options: {
  find: (id: string) => MailNodeRow | undefined
  reload: () => unknown
  onDeleted?: () => unknown
}) {
  const { t } = useI18n()
  const session = useSession()
  const lifecycle = useLifecycle<MailNodeRow>({
    texts: 'nodes',
    documents: mailNodeLifecycle,
    touches: ['MailNode'],
    nameOf: (node) => node.name,
    ...options,
  })

  const actionsOf = (node: MailNodeRow): Action[] =>
    allowed(
      node.status === 'ACTIVE' &&
        session.can('suspend', 'MailNode') && {
          label: t('common.suspend'),
          icon: CirclePause,
          run: () => lifecycle.ask('suspend', node),
        },
      node.status === 'SUSPENDED' &&
        session.can('suspend', 'MailNode') && {
          label: t('common.resume'),
          icon: CirclePlay,
          run: () => lifecycle.ask('resume', node),
        },
      session.can('delete', 'MailNode') && {
        label: t('common.delete'),
        icon: Trash2,
        danger: true,
        run: () => lifecycle.ask('delete', node),
      },
    )

  return { lifecycle, actionsOf }
}
