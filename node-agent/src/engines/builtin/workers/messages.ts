/** What the main process and its session workers say to each other. */
import type { ConfigChange, MailEvent } from '@mailfleet/schema'
import type { Authenticator } from '../accounts/index.js'
import type { TlsMaterial } from '../tls/index.js'

/** With the first frame to a worker. */
export interface WorkerStart {
  dataFolder: string
  hostName: string
  logLevel: string
  /** The worker's own, for messages that wait for the store. */
  spoolFolder: string
  tls: TlsMaterial
}

export type ProtocolName = 'imap' | 'pop3'

/** Goes with the socket. */
export interface HandOver {
  id: number
  protocol: ProtocolName
  implicitTls: boolean
}

export interface SignInCall {
  method: keyof Authenticator
  args: unknown
}

export interface LockRequest {
  accountId: string
  /** Names the session among those of its worker. */
  holder: number
}

export type { ConfigChange, MailEvent, TlsMaterial }
