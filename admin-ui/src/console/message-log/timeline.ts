/**
 * The order of a timeline. A node stores a message before it answers 250, so that "delivered" is a few milliseconds older than
 * "accepted"; within one second the steps stand in the order in which a reader thinks of them.
 */
import type { MailEventType } from '../../graphql/graphql.ts'

const steps: Record<MailEventType, number> = {
  AUTHENTICATED: 0,
  AUTH_FAILED: 0,
  SESSION: 5,
  ACCEPTED: 1,
  REFUSED: 1,
  QUEUED: 2,
  DEFERRED: 3,
  DELIVERED: 4,
  RELAYED: 4,
  BOUNCED: 4,
  DELETED: 4,
}

const second = (iso: string): number => Math.floor(new Date(iso).getTime() / 1_000)

export const inTimelineOrder = <Event extends { at: string; type: MailEventType }>(events: readonly Event[]): Event[] =>
  events.toSorted(
    (a, b) =>
      second(a.at) - second(b.at) ||
      steps[a.type] - steps[b.type] ||
      new Date(a.at).getTime() - new Date(b.at).getTime(),
  )
