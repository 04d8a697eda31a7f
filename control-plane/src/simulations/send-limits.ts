/**
 * Limits over a time, for one mailbox's messages in their order: windows slide in steps of five minutes, as on the nodes. What a limit
 * turns away does not count against the next.
 */
const stepMs = 300_000
const hour = 12
const day = 288

export interface SendLimitValues {
  MESSAGES_PER_HOUR: number | null
  MESSAGES_PER_DAY: number | null
  RECIPIENTS_PER_DAY: number | null
}
export type SendLimitKind = keyof SendLimitValues

interface Step {
  step: number
  messages: number
  recipients: number
}

export class SentCounts {
  /** Of the last day, the oldest first. */
  private steps: Step[] = []

  /** The limit that the message would break, and then it is not counted; or null. */
  take(at: number, recipients: number, limits: SendLimitValues): SendLimitKind | null {
    const now = Math.floor(at / stepMs)
    this.steps = this.steps.filter(({ step }) => step > now - day)
    const within = (steps: number, field: 'messages' | 'recipients'): number =>
      this.steps.reduce((sum, one) => (one.step > now - steps ? sum + one[field] : sum), 0)
    const breaks = (limit: number | null, count: number): boolean => limit !== null && count > limit
    if (breaks(limits.MESSAGES_PER_HOUR, within(hour, 'messages') + 1)) return 'MESSAGES_PER_HOUR'
    if (breaks(limits.MESSAGES_PER_DAY, within(day, 'messages') + 1)) return 'MESSAGES_PER_DAY'
    if (breaks(limits.RECIPIENTS_PER_DAY, within(day, 'recipients') + recipients)) return 'RECIPIENTS_PER_DAY'
    const last = this.steps.at(-1)
    if (last?.step === now) {
      last.messages += 1
      last.recipients += recipients
    } else this.steps.push({ step: now, messages: 1, recipients })
    return null
  }
}
