/**
 * The engine contract: what turns config resources into a running mail host. `builtin` is ours in TypeScript;
 * another engine may drive Postfix and Dovecot. The conformance suite runs against each.
 */
import { z } from 'zod'
import type { ConfigResource, ConfigKey } from './config-resources.js'

export const engineCapability = z.enum(['SMTP', 'SUBMISSION', 'IMAP', 'POP3', 'QUEUE'])
export type EngineCapability = z.infer<typeof engineCapability>

/** What an engine says of itself when its node connects. */
export const engineManifest = z.object({
  engine: z.string().min(1).max(64),
  version: z.string().min(1).max(64),
  capabilities: z.array(engineCapability),
})
export type EngineManifest = z.infer<typeof engineManifest>

/** One change to the config; `resource` null removes the key. */
export interface ConfigChange {
  key: ConfigKey
  version: number
  resource: ConfigResource | null
}

/** `REJECTED`: the engine goes on with its last good version of that key, and `error` says why. */
export interface ConfigResult {
  key: ConfigKey
  version: number
  status: 'APPLIED' | 'REJECTED'
  error?: string
}

export interface EngineHealth {
  /** `false`: a part that the engine promises (a port, a database, disk space) does not work; `problems` says which. */
  healthy: boolean
  problems: string[]
  queuedMessages: number
  openConnections: number
}

export interface Engine {
  readonly manifest: EngineManifest
  /** Opens stores and ports. Rejects, with nothing left open, when one of them cannot be had. */
  start(): Promise<void>
  /**
   * Makes changes effective. The caller has made them durable before. One result per change, in order; never
   * rejects for one bad resource.
   */
  apply(changes: ConfigChange[]): Promise<ConfigResult[]>
  health(): EngineHealth
  /** Stops accepting, lets running transactions end for at most `graceMs`, then closes. Idempotent. */
  stop(graceMs: number): Promise<void>
}
