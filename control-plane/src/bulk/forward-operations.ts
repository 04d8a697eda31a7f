/** What a row can do to forwards: each is named by the address of its mailbox. */
import { createForward, deleteForward, setForwardStatus, updateForward } from '../forwards/index.js'
import type { RowOperations } from '../jobs/index.js'
import { findObject, forwards, mailboxes } from './find-objects.js'
import { oneByOne } from './one-by-one.js'

export const forwardOperations: RowOperations = {
  createForward: {
    action: 'create',
    subject: 'Forward',
    atOnce: 1,
    fields: () => ['mailboxId', 'targets', 'keepCopy'],
    async apply(context, [row], reach) {
      const { address, targets, keepCopy } = row as { address: string; targets: string[]; keepCopy: boolean }
      const { id: mailboxId } = await findObject(context, mailboxes, { address }, reach)
      return [await createForward(context, { mailboxId, targets, keepCopy })]
    },
  },
  updateForward: oneByOne('update', 'Forward', forwards, ['targets', 'keepCopy'], updateForward),
  suspendForward: oneByOne('suspend', 'Forward', forwards, [], (context, input) =>
    setForwardStatus(context, input, 'SUSPENDED'),
  ),
  resumeForward: oneByOne('suspend', 'Forward', forwards, [], (context, input) =>
    setForwardStatus(context, input, 'ACTIVE'),
  ),
  deleteForward: oneByOne('delete', 'Forward', forwards, [], deleteForward),
}
