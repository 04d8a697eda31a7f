import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { shareSends } from './share-sends.js'

/** So long a node that has used up its share may wait for more. */
const everyMs = 3_000

export function startSendShares({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => logger.error({ error }, 'budgets of sending were not shared out'),
    step: async () => {
      await shareSends(database)
      return false
    },
  })
}
