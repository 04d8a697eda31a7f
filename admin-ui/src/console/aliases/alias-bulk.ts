import { Forward, Trash2 } from '@lucide/vue'
import { firstBadAddress, splitAddresses } from '../../forms/checks.ts'
import type { BulkKind } from '../bulk/bulk-kind.ts'
import { statusActions } from '../bulk/status-actions.ts'
import type { AliasRow } from './aliases.queries.ts'

export const aliasBulk: BulkKind<AliasRow> = {
  plural: 'Aliases',
  actions: [
    {
      key: 'targets',
      icon: Forward,
      may: 'update',
      operation: 'Update',
      asks: {
        label: 'aliases.targets',
        hint: 'aliases.targetsHint',
        lines: true,
        read: (text) => {
          const targets = splitAddresses(text)
          return targets.length === 0 || firstBadAddress(text) ? undefined : { targets }
        },
      },
      before: ({ targets }) => ({ targets }),
    },
    ...statusActions,
    // For good: there is no way back for an alias.
    { key: 'deleteForGood', icon: Trash2, may: 'delete', operation: 'Delete', danger: true, input: {} },
  ],
}
