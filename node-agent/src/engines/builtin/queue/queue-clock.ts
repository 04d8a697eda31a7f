/**
 * Queue time: milliseconds for which this queue has been running, or could have been.
 *
 * It follows the monotonic clock, so that a wall clock set wrong moves nothing: neither a mass bounce nor a storm of retries.
 * Between two runs it advances by what the wall clock says, within limits: not backwards, and by no more than an hour, since a longer
 * outage says nothing of the messages' recipients and must not cost them their retries.
 */
export interface ClockReading {
  queueTime: number
  wallTime: number
}

/** Where time comes from; tests bring their own. */
export interface TimeSource {
  /** Milliseconds since 1970; may jump. */
  wall(): number
  /** Milliseconds since some moment; never jumps. */
  monotonic(): number
}

export const systemTime: TimeSource = {
  wall: () => Date.now(),
  monotonic: () => performance.now(),
}

export const maxDowntime = 3_600_000

export class QueueClock {
  private readonly offset: number

  constructor(
    private readonly time: TimeSource,
    last: ClockReading | null,
  ) {
    const away = last ? Math.min(Math.max(time.wall() - last.wallTime, 0), maxDowntime) : 0
    this.offset = (last?.queueTime ?? 0) + away - time.monotonic()
  }

  now(): number {
    return Math.round(this.offset + this.time.monotonic())
  }

  reading(): ClockReading {
    return { queueTime: this.now(), wallTime: Math.round(this.time.wall()) }
  }

  /** For people: when the wall clock will show the moment. */
  toWall(queueTime: number): number {
    return Math.max(0, Math.round(this.time.wall() + queueTime - this.now()))
  }
}
