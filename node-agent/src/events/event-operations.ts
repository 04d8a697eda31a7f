/** The `events` database holds an outbox and nothing else. */
import type { Operations } from '../durable/operations.js'

export const open = (): Operations => ({ operations: {} })
