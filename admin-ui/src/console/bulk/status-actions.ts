/** Suspending and resuming, which every kind of object has. */
import { CirclePause, CirclePlay } from '@lucide/vue'
import type { Status } from '../../graphql/graphql.ts'
import type { BulkAction } from './bulk-kind.ts'

interface WithStatus {
  id: string
  status: Status
}

const toStatus = (key: string, icon: BulkAction<WithStatus>['icon'], status: Status): BulkAction<WithStatus> => ({
  key,
  icon,
  may: 'suspend',
  operation: 'Update',
  input: { status },
  narrow: { status: status === 'ACTIVE' ? 'SUSPENDED' : 'ACTIVE' },
  before: (row) => ({ status: row.status }),
})

export const statusActions = [
  toStatus('suspend', CirclePause, 'SUSPENDED'),
  toStatus('resume', CirclePlay, 'ACTIVE'),
] as const
