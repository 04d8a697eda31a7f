/**
 * What a hold or a command is about. A domain that this node serves no more has no tenants here: what is left of its mail is found by
 * its own id, that of its mailbox, or as single messages.
 */
import { domainOf } from '@mailfleet/schema'
import type { QueueHoldResource, QueueScope } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { Waiting } from './schedule.js'

type Sent = Pick<Waiting, 'entryId' | 'address' | 'domainId' | 'mailboxId'>
type EntriesOf = (transactionId: string) => number[]

const nameOf = (entryId: number, address: string): string => `${entryId} ${address}`

/** Of a scope that names messages; transactions are looked up once, since messages that are named are there already. */
function namesIn({ messages }: QueueScope, entriesOf: EntriesOf): Set<string> | null {
  if (!messages) return null
  const names = messages.flatMap(({ transactionId, recipient }) =>
    entriesOf(transactionId).map((entryId) => nameOf(entryId, recipient)),
  )
  return new Set(names)
}

function isOf({ tenantId, domainId, mailboxId, destination }: QueueScope, item: Sent, directory: Directory): boolean {
  if (domainId && domainId !== item.domainId) return false
  if (mailboxId && mailboxId !== item.mailboxId) return false
  if (destination && destination !== domainOf(item.address)) return false
  const domain = directory.domainById(item.domainId)
  return domain ? domain.tenantPath.includes(tenantId) : Boolean(domainId ?? mailboxId)
}

export function matcherOf(scope: QueueScope, directory: Directory, entriesOf: EntriesOf): (item: Sent) => boolean {
  const names = namesIn(scope, entriesOf)
  return names === null
    ? (item) => isOf(scope, item, directory)
    : ({ entryId, address }) => names.has(nameOf(entryId, address))
}

/** All holds, so indexed that an item is compared with those alone that may be about it. */
export class Holds {
  private names = new Set<string>()
  /** By the id of the mailbox, else of the domain, else of the tenant. */
  private standing = new Map<string, QueueHoldResource[]>()

  constructor(
    private readonly directory: Directory,
    private readonly entriesOf: EntriesOf,
  ) {
    this.refresh()
  }

  refresh(): void {
    this.names = new Set()
    this.standing = new Map()
    for (const hold of this.directory.queueHolds()) {
      const names = namesIn(hold, this.entriesOf)
      if (names !== null) {
        for (const name of names) this.names.add(name)
        continue
      }
      const key = hold.mailboxId ?? hold.domainId ?? hold.tenantId
      const known = this.standing.get(key)
      if (known) known.push(hold)
      else this.standing.set(key, [hold])
    }
  }

  isHeld(item: Sent): boolean {
    if (this.names.size > 0 && this.names.has(nameOf(item.entryId, item.address))) return true
    if (this.standing.size === 0) return false
    const { directory } = this
    const above = directory.domainById(item.domainId)?.tenantPath ?? []
    return [...(item.mailboxId === null ? [] : [item.mailboxId]), item.domainId, ...above].some((key) =>
      this.standing.get(key)?.some((hold) => isOf(hold, item, directory)),
    )
  }
}
