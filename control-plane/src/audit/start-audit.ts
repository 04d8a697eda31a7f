/** Chains entries soon after each commit, and now and then those of a replica that died in between. */
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { chainEntries } from './chain.js'

interface AuditOptions {
  database: Database
  logger: Logger
}

/** Commits come in crowds; one batch takes them all. */
const gatherMs = 50
const pollMs = 5_000

export function startAudit({ database, logger }: AuditOptions): { stop(): Promise<void> } {
  const chaining = new BackgroundWork({
    everyMs: pollMs,
    gatherMs,
    // What fails stays unchained; the next step takes it.
    onError: (error) => logger.error({ error }, 'the audit trail could not be chained'),
    step: async () => (await chainEntries(database.dataSource)) > 0,
  })
  const forget = database.onCommit(() => chaining.wake())
  chaining.wake()
  return {
    async stop() {
      forget()
      await chaining.stop()
    },
  }
}
