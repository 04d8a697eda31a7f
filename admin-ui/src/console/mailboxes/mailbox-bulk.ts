import { HardDrive, Trash2 } from '@lucide/vue'
import { parseGibibytes } from '../../format/bytes.ts'
import type { BulkKind } from '../bulk/bulk-kind.ts'
import { statusActions } from '../bulk/status-actions.ts'
import type { MailboxRow } from './mailboxes.queries.ts'

export const mailboxBulk: BulkKind<MailboxRow> = {
  plural: 'Mailboxes',
  actions: [
    {
      key: 'quota',
      icon: HardDrive,
      may: 'update',
      operation: 'Update',
      asks: {
        label: 'mailboxes.quotaGib',
        hint: 'mailboxes.quotaHint',
        read: (text) => {
          const quotaBytes = parseGibibytes(text)
          return Number.isNaN(quotaBytes) ? undefined : { quotaBytes }
        },
      },
      before: ({ quotaBytes }) => ({ quotaBytes }),
    },
    ...statusActions,
    { key: 'delete', icon: Trash2, may: 'delete', operation: 'Delete', danger: true, input: {} },
  ],
}
