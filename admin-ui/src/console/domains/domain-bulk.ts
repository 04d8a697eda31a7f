import { AtSign, Trash2 } from '@lucide/vue'
import { isAddress } from '../../forms/checks.ts'
import type { BulkKind } from '../bulk/bulk-kind.ts'
import { statusActions } from '../bulk/status-actions.ts'
import type { DomainRow } from './domains.queries.ts'

export const domainBulk: BulkKind<DomainRow> = {
  plural: 'Domains',
  actions: [
    {
      key: 'catchAll',
      icon: AtSign,
      may: 'update',
      operation: 'Update',
      asks: {
        label: 'domains.catchAllAddress',
        hint: 'domains.catchAllHint',
        read: (text) => {
          const catchAll = text.trim()
          if (catchAll === '') return { catchAll: null }
          return isAddress(catchAll) ? { catchAll } : undefined
        },
      },
      before: ({ catchAll }) => ({ catchAll }),
    },
    ...statusActions,
    { key: 'delete', icon: Trash2, may: 'delete', operation: 'Delete', danger: true, input: {} },
  ],
}
