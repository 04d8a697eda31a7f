import { Pencil } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { TenantRow } from './tenants.queries.ts'

/** What may be done with a tenant. The platform itself, and the viewer's own tenant, can only be renamed. */
export function useTenantActions(shown: Shown<TenantRow>, rename: (tenant: TenantRow) => void) {
  const { t } = useI18n()
  const session = useSession()
  const lifecycle = useLifecycle(shown, {
    type: 'Tenant',
    texts: 'tenants',
    touches: ['Domain', 'Mailbox'],
    nameOf: (tenant) => tenant.name,
  })
  const below = (tenant: TenantRow) =>
    tenant.kind !== 'PLATFORM' && tenant.id !== session.viewer?.administrator.tenant.id

  const actionsOf = (tenant: TenantRow): Action[] => [
    ...allowed(
      session.can('update', 'Tenant') && { label: t('tenants.rename'), icon: Pencil, run: () => rename(tenant) },
    ),
    ...(below(tenant) ? lifecycle.actionsOf(tenant) : []),
  ]

  return { lifecycle, actionsOf }
}
