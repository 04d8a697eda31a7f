/** Where events go that no durable write carries: refusals and sign-ins. They are written soon, and nobody waits for them. */
import type { MailEvent } from '@mailfleet/schema'

export interface EventSink {
  /** Never throws, never blocks; drops the event and counts it when the disk does not keep up. */
  emit(event: MailEvent): void
}
