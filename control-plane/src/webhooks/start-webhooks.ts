/** The moving parts of webhooks in one replica: what happened becomes deliveries, deliveries are sent, what is old goes. */
import { randomUUID } from 'node:crypto'
import type { Registry } from 'prom-client'
import { auditChannel } from '../audit/index.js'
import type { Changes } from '../changes/index.js'
import { eventChannel } from '../events/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Outbound } from '../platform/http/outbound.js'
import type { Logger } from '../platform/logger.js'
import type { Secrets } from '../platform/secrets/index.js'
import { record, send } from './attempt.js'
import { deliveryChannel } from './channels.js'
import { claimDue, type Claimed } from './claim.js'
import { dispatch } from './dispatch.js'
import { tidyDeliveries } from './tidy.js'
import { attemptMetrics, registerDeliveryMetrics } from './webhook.metrics.js'

const slots = 64
/** Notices can be lost, and retries fall due by themselves. */
const lookEveryMs = 2_000
const tidyEveryMs = 60_000

export interface WebhooksOptions {
  database: Database
  changes: Changes
  secrets: Secrets
  outbound: Outbound
  logger: Logger
  registry: Registry
}

export function startWebhooks(options: WebhooksOptions) {
  const { database, changes, secrets, outbound, logger, registry } = options
  const observe = attemptMetrics(registry)
  registerDeliveryMetrics(registry, database)
  const replica = randomUUID()
  const onError = (error: unknown): void => logger.error({ error }, 'webhooks: background work failed')
  const stopping = new AbortController()
  const underWay = new Map<Promise<void>, Claimed>()

  const dispatcher = new BackgroundWork({ everyMs: lookEveryMs, onError, step: () => dispatch(database) })
  const sender = new BackgroundWork({
    everyMs: lookEveryMs,
    onError,
    async step() {
      const failing = [...underWay.values()].filter((delivery) => delivery.failing).length
      const room = { slots: slots - underWay.size, failing: slots / 2 - failing }
      for (const delivery of await claimDue(database, replica, room)) start(delivery)
      // Whoever ends wakes it again.
      return false
    },
  })
  function start(delivery: Claimed): void {
    const work = send(outbound, secrets, delivery, stopping.signal)
      .then((result) => {
        observe(result)
        return record(database, replica, delivery, result)
      })
      // It is due again when its claim runs out.
      .catch((error: unknown) => {
        if (!stopping.signal.aborted) onError(error)
      })
      .finally(() => {
        underWay.delete(work)
        sender.wake()
      })
    underWay.set(work, delivery)
  }
  const tidier = new BackgroundWork({ everyMs: tidyEveryMs, onError, step: () => tidyDeliveries(database) })

  const { notifications } = changes
  const forget = [
    notifications.on(auditChannel, () => dispatcher.wake()),
    notifications.on(eventChannel, () => dispatcher.wake()),
    notifications.on(deliveryChannel, () => sender.wake()),
  ]
  dispatcher.wake()
  sender.wake()
  return {
    async stop() {
      for (const end of forget) end()
      await Promise.all([dispatcher.stop(), sender.stop(), tidier.stop()])
      stopping.abort()
      await Promise.all(underWay.keys())
      // What was broken off is due at once, elsewhere or after the next start.
      await database.query(
        `UPDATE webhook_delivery SET claimed_by = NULL, next_attempt_at = now() WHERE claimed_by = $1 AND state = 'PENDING'`,
        [replica],
      )
    },
  }
}
