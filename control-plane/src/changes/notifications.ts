/**
 * The one dedicated LISTEN connection of a replica.
 *
 * A notification only wakes; what happened is read from the tables. After a lost connection every listener is called
 * once with null, since something may have been missed.
 */
import pg from 'pg'
import { oneAtATime } from '../platform/one-at-a-time.js'

export type NotificationListener = (payload: string | null) => void

export interface NotificationsOptions {
  url: string
  onError?: (error: unknown) => void
  reconnectMs?: number
}

const connectTimeoutMs = 10_000

export class Notifications {
  private readonly listeners = new Map<string, Set<NotificationListener>>()
  private client: pg.Client | null = null
  private retry: NodeJS.Timeout | null = null
  private stopped = false

  constructor(private readonly options: NotificationsOptions) {}

  /** Rejects when the first connection fails; later ones are retried for ever. */
  async start(): Promise<void> {
    await this.connect()
  }

  on(channel: string, listener: NotificationListener): () => void {
    const known = this.listeners.get(channel)
    const set = known ?? new Set()
    set.add(listener)
    if (!known) {
      this.listeners.set(channel, set)
      this.client?.query(`LISTEN ${pg.escapeIdentifier(channel)}`).catch((error) => this.options.onError?.(error))
    }
    return () => void set.delete(listener)
  }

  /** Else what changes is seen by those alone who look by themselves. */
  get isConnected(): boolean {
    return this.client !== null
  }

  async stop(): Promise<void> {
    this.stopped = true
    if (this.retry) clearTimeout(this.retry)
    const client = this.client
    this.client = null
    await client?.end()
  }

  private async connect(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.options.url,
      application_name: 'mailfleet-listen',
      keepAlive: true,
      connectionTimeoutMillis: connectTimeoutMs,
    })
    // Listeners come while others are being told.
    oneAtATime(client)
    client.on('notification', ({ channel, payload }) => this.emit(channel, payload ?? ''))
    client.on('error', (error) => this.lost(client, error))
    client.on('end', () => this.lost(client, new Error('the LISTEN connection ended')))
    try {
      await client.connect()
      if (this.stopped) return void client.end()
      // Channels that are asked for from now on are listened to by whoever asks.
      this.client = client
      for (const channel of this.listeners.keys()) await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`)
    } catch (error) {
      if (this.client === client) this.client = null
      client.end().catch(() => undefined)
      throw error
    }
  }

  private lost(client: pg.Client, error: unknown): void {
    if (this.stopped || this.client !== client) return
    this.client = null
    this.options.onError?.(error)
    client.end().catch(() => undefined)
    this.scheduleReconnect()
  }

  /** One at a time, however many say that the connection is lost. */
  private scheduleReconnect(): void {
    if (this.stopped || this.retry) return
    this.retry = setTimeout(() => {
      this.retry = null
      this.connect().then(
        () => this.emitAll(),
        (error) => {
          this.options.onError?.(error)
          this.scheduleReconnect()
        },
      )
    }, this.options.reconnectMs ?? 1_000)
  }

  private emit(channel: string, payload: string | null): void {
    for (const listener of this.listeners.get(channel) ?? []) listener(payload)
  }

  private emitAll(): void {
    for (const channel of this.listeners.keys()) this.emit(channel, null)
  }
}
