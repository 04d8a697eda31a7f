/** What a mailbox must hold, kept without the server. */

export type FlagMode = '' | '+' | '-'

export interface ModelMessage {
  uid: number
  flags: Set<string>
}

export function changeFlags(flags: ReadonlySet<string>, mode: FlagMode, given: readonly string[]): Set<string> {
  if (mode === '') return new Set(given)
  const changed = new Set(flags)
  for (const flag of given)
    if (mode === '+') changed.add(flag)
    else changed.delete(flag)
  return changed
}

export class ModelMailbox {
  messages: ModelMessage[] = []
  private nextUid = 1
  constructor(readonly name: string) {}

  find(uid: number): ModelMessage | undefined {
    return this.messages.find((message) => message.uid === uid)
  }

  add(flags: Iterable<string>): void {
    this.messages.push({ uid: this.nextUid++, flags: new Set(flags) })
  }

  remove(gone: (message: ModelMessage) => boolean): void {
    this.messages = this.messages.filter((message) => !gone(message))
  }

  contents(): string[] {
    return this.messages.map(({ uid, flags }) => `${uid} ${[...flags].sort().join(' ')}`)
  }
}
