/** Chains entries soon after each commit, and now and then those of a replica that died in between. */
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

export interface Audit {
  stop(): Promise<void>
}

export function startAudit(options: AuditOptions): Audit {
  const { database, logger } = options
  let stopped = false
  let running: Promise<void> | null = null
  let timer: NodeJS.Timeout | null = null

  async function drain(): Promise<void> {
    try {
      while (!stopped && (await chainEntries(database.dataSource)) > 0);
    } catch (error) {
      // They stay unchained; the next run takes them.
      logger.error({ error }, 'the audit trail could not be chained')
    }
  }
  function wake(): void {
    if (stopped || timer) return
    timer = setTimeout(() => {
      timer = null
      running = (running ?? Promise.resolve()).then(drain)
    }, gatherMs)
  }
  const forget = database.onCommit(wake)
  const poll = setInterval(wake, pollMs)
  wake()
  return {
    async stop() {
      stopped = true
      clearInterval(poll)
      if (timer) clearTimeout(timer)
      forget()
      await running
    },
  }
}
