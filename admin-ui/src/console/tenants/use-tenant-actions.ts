import { Move, Pencil } from '@lucide/vue'
import { useI18n } from 'vue-i18n'
import { useSession } from '../../session/session.store.ts'
import { allowed, type Action } from '../../ui/action.ts'
import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { TenantRow } from './tenants.queries.ts'

/** What may be done with a tenant. The platform itself, and the viewer's own tenant, can only be edited. */
export function useTenantActions(
  shown: Shown<TenantRow>,
  edit: (tenant: TenantRow) => void,
  move: (tenant: TenantRow) => void,
) {
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
      !tenant.deletedAt &&
        session.can('update', 'Tenant') && { label: t('common.edit'), icon: Pencil, run: () => edit(tenant) },
      // Out of one place, into another.
      !tenant.deletedAt &&
        below(tenant) &&
        session.can('delete', 'Tenant') &&
        session.can('create', 'Tenant') && { label: t('tenants.move'), icon: Move, run: () => move(tenant) },
    ),
    ...(below(tenant) ? lifecycle.actionsOf(tenant) : []),
  ]

  return { lifecycle, actionsOf }
}
