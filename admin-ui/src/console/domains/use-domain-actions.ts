/** What may be done with a domain, for its row and its page alike. */
import { CirclePause, CirclePlay, Trash2 } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { useLifecycle } from '../lifecycle/use-lifecycle.ts'
import { domainLifecycle, type DomainRow } from './domains.queries.ts'

export function useDomainActions(options: {
  find: (id: string) => DomainRow | undefined
  reload: () => unknown
  onDeleted?: () => unknown
}) {
  const { t } = useI18n()
  const session = useSession()
  const lifecycle = useLifecycle<DomainRow>({
    texts: 'domains',
    documents: domainLifecycle,
    touches: ['Domain', 'Tenant'],
    nameOf: (domain) => domain.displayName,
    ...options,
  })

  const actionsOf = (domain: DomainRow): Action[] =>
    allowed(
      domain.status === 'ACTIVE' &&
        session.can('suspend', 'Domain') && {
          label: t('common.suspend'),
          icon: CirclePause,
          run: () => lifecycle.ask('suspend', domain),
        },
      domain.status === 'SUSPENDED' &&
        session.can('suspend', 'Domain') && {
          label: t('common.resume'),
          icon: CirclePlay,
          run: () => lifecycle.ask('resume', domain),
        },
      session.can('delete', 'Domain') && {
        label: t('common.delete'),
        icon: Trash2,
        danger: true,
        run: () => lifecycle.ask('delete', domain),
      },
    )

  return { lifecycle, actionsOf }
}
