/**
 * Tells all replicas that something happened, a few times a second at most. Notices of that time go out as one NOTIFY,
 * outside of the transactions they tell of, which stay fast. For what may be missed: wakes and live views.
 */
import type { DataSource } from 'typeorm'

/** PostgreSQL's limit is 8,000 bytes. */
const maxPayloadBytes = 7_500

export interface AnnouncerOptions {
  channel: string
  intervalMs?: number
  onError?: (error: unknown) => void
}

/** Sends lists of distinct notices, as JSON; where too many gather, the newest go out. */
export class Announcer {
  private readonly pending = new Set<string>()
  private timer: NodeJS.Timeout | null = null
  private sending: Promise<void> = Promise.resolve()

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: AnnouncerOptions,
  ) {}

  announce(notice: string): void {
    // Set order is insertion order: told again, it is among the newest.
    this.pending.delete(notice)
    this.pending.add(notice)
    this.timer ??= setTimeout(() => this.flush(), this.options.intervalMs ?? 50)
  }

  async stop(): Promise<void> {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.pending.clear()
    await this.sending
  }

  private flush(): void {
    this.timer = null
    const notices: string[] = []
    let bytes = 2
    for (const notice of [...this.pending].reverse()) {
      bytes += Buffer.byteLength(JSON.stringify(notice)) + 1
      if (bytes > maxPayloadBytes) break
      notices.unshift(notice)
    }
    this.pending.clear()
    this.sending = this.dataSource
      .query('SELECT pg_notify($1, $2)', [this.options.channel, JSON.stringify(notices)])
      .then(
        () => undefined,
        (error) => this.options.onError?.(error),
      )
  }
}

/** The notices of one payload; empty where somebody else wrote it. */
export function readNotices(payload: string): string[] {
  try {
    const notices: unknown = JSON.parse(payload)
    return Array.isArray(notices) ? notices.filter((notice) => typeof notice === 'string') : []
  } catch {
    return []
  }
}
