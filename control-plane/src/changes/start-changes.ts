/** The moving parts of the change log in one replica, started in the order in which they need each other. */
import type { Registry } from 'prom-client'
import type { DataSource } from 'typeorm'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { registerChangeMetrics, sequencerMetrics } from './change.metrics.js'
import { changeChannel } from './channels.js'
import { compactLog } from './compaction.js'
import { LogFollower } from './log-follower.js'
import { Notifications } from './notifications.js'
import { startSequencer } from './sequencer.js'

export interface Changes {
  notifications: Notifications
  follower: LogFollower
  sequencer: BackgroundWork
  stop(): Promise<void>
}

/** Resolvers know their database; what runs beside it in this process they find here. */
const running = new WeakMap<DataSource, Changes>()

export function changesOf(database: Database): Changes {
  const changes = running.get(database.dataSource)
  if (!changes) throw new Error('the change log of this database was not started in this process')
  return changes
}

const compactEveryMs = 3_600_000

export async function startChanges(options: {
  database: Database
  databaseUrl: string
  logger: Logger
  registry: Registry
}): Promise<Changes> {
  const { database, databaseUrl, logger, registry } = options
  const { dataSource } = database
  const onError = (error: unknown): void => logger.error({ error }, 'the change log is behind')
  const notifications = new Notifications({ url: databaseUrl, onError })
  const follower = new LogFollower(dataSource, { onError })
  notifications.on(changeChannel, () => follower.look())
  await notifications.start()
  await follower.start()
  // This replica's streams need not wait for the notification to come round.
  const sequencer = startSequencer(dataSource, {
    onError,
    onSequenced: () => follower.look(),
    metrics: sequencerMetrics(registry),
  })
  registerChangeMetrics(registry, { dataSource, follower, notifications })
  const forget = database.onCommit(() => sequencer.wake())
  sequencer.wake()
  // Also at the start: a process that never lives for an hour must not let the log grow for ever.
  const compaction = new BackgroundWork({
    everyMs: compactEveryMs,
    onError,
    step: (signal) => compactLog(dataSource, { signal }).then(() => false),
  })
  compaction.wake()
  const changes: Changes = {
    notifications,
    follower,
    sequencer,
    async stop() {
      await compaction.stop()
      forget()
      await sequencer.stop()
      await follower.stop()
      await notifications.stop()
    },
  }
  running.set(dataSource, changes)
  return changes
}
