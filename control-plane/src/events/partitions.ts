/**
 * The daily partitions of `mail_event`, days in UTC. Made ahead for today and the next days, and for any other day when an
 * event of it comes in.
 *
 * A table is filled with structure first and attached then: that lets readers and writers go on, which
 * CREATE TABLE ... PARTITION OF would hold up.
 */
import type { DataSource } from 'typeorm'

const dayMs = 86_400_000
const partitionLock = 7_203_003
const daysAhead = 3

const dayOf = (time: number): number => Math.floor(time / dayMs)
export const isoDay = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)
export const partitionName = (day: string): string => `mail_event_${day.replaceAll('-', '')}`

export class EventPartitions {
  private readonly known = new Set<number>()

  constructor(private readonly dataSource: DataSource) {}

  /** After this, events of these times (ms) can be stored. */
  async ensure(times: Iterable<number>): Promise<void> {
    const missing = new Set<number>()
    for (const time of times) if (!this.known.has(dayOf(time))) missing.add(dayOf(time))
    for (const day of [...missing].sort((a, b) => a - b)) {
      await this.create(day)
      this.known.add(day)
    }
  }

  /** What was there may be dropped since, by this replica or another: for a node that tells of what nobody keeps. */
  forget(): void {
    this.known.clear()
  }

  /** To be called at the start and a few times a day. */
  async makeAhead(): Promise<void> {
    const now = Date.now()
    await this.ensure(Array.from({ length: daysAhead + 1 }, (_, i) => now + i * dayMs))
  }

  private async create(day: number): Promise<void> {
    const table = partitionName(isoDay(day))
    await this.dataSource.transaction(async (manager) => {
      await manager.query('SELECT pg_advisory_xact_lock($1)', [partitionLock])
      const [{ exists }] = await manager.query('SELECT to_regclass($1) IS NOT NULL AS exists', [table])
      if (exists) return
      await manager.query(`CREATE TABLE ${table} (LIKE mail_event INCLUDING DEFAULTS INCLUDING CONSTRAINTS)`)
      await manager.query(
        `ALTER TABLE mail_event ATTACH PARTITION ${table}
         FOR VALUES FROM ('${isoDay(day)}T00:00:00Z') TO ('${isoDay(day + 1)}T00:00:00Z')`,
      )
    })
  }
}
