import { CirclePause, CirclePlay, Pencil, Trash2 } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { useLifecycle } from '../lifecycle/use-lifecycle.ts'
import { tenantLifecycle, type TenantRow } from './tenants.queries.ts'

/** What may be done with a tenant. The platform itself, and the viewer's own tenant, can only be renamed. */
export function useTenantActions(options: {
  find: (id: string) => TenantRow | undefined
  reload: () => unknown
  rename: (tenant: TenantRow) => void
  onDeleted: (tenant: TenantRow) => unknown
}) {
  const { t } = useI18n()
  const session = useSession()
  const lifecycle = useLifecycle<TenantRow>({
    texts: 'tenants',
    documents: tenantLifecycle,
    touches: ['Tenant', 'Domain', 'Mailbox'],
    nameOf: (tenant) => tenant.name,
    ...options,
  })
  const below = (tenant: TenantRow) =>
    tenant.kind !== 'PLATFORM' && tenant.id !== session.viewer?.administrator.tenant.id

  const actionsOf = (tenant: TenantRow): Action[] =>
    allowed(
      session.can('update', 'Tenant') && {
        label: t('tenants.rename'),
        icon: Pencil,
        run: () => options.rename(tenant),
      },
      below(tenant) &&
        tenant.status === 'ACTIVE' &&
        session.can('suspend', 'Tenant') && {
          label: t('common.suspend'),
          icon: CirclePause,
          run: () => lifecycle.ask('suspend', tenant),
        },
      below(tenant) &&
        tenant.status === 'SUSPENDED' &&
        session.can('suspend', 'Tenant') && {
          label: t('common.resume'),
          icon: CirclePlay,
          run: () => lifecycle.ask('resume', tenant),
        },
      below(tenant) &&
        session.can('delete', 'Tenant') && {
          label: t('common.delete'),
          icon: Trash2,
          danger: true,
          run: () => lifecycle.ask('delete', tenant),
        },
    )

  return { lifecycle, actionsOf }
}
