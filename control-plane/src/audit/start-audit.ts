/** Chains entries soon after each commit, and now and then those of a replica that died in between. */
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { chainEntries } from './chain.js'

export interface AuditOptions {
  database: Database
  logger: Logger
  pollMs?: number
}

/** Commits come in crowds; one batch takes them all. */
const gatherMs = 50

export interface Audit {
  /** Resolves when nothing of this process is under way. */
  idle(): Promise<void>
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
  const poll = setInterval(wake, options.pollMs ?? 5_000)
  wake()
  return {
    async idle() {
      while (timer) await new Promise((resolve) => setTimeout(resolve, gatherMs))
      await running
    },
    async stop() {
      stopped = true
      clearInterval(poll)
      if (timer) clearTimeout(timer)
      forget()
      await running
    },
  }
}
