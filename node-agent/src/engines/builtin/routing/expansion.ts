/**
 * One walk through aliases, groups, forwards and catch-alls, from a local address to its final destinations.
 *
 * Invariants: each alias, group, forward and catch-all is entered at most once, so the walk ends and its cost is linear in what it meets;
 * what leads back to itself, is suspended, refuses the sender or does not exist drops only its own branch; destinations carry no doubles.
 */
import type { AliasResource, DomainResource, GroupResource, MailboxResource } from '@mailfleet/schema'
import { domainOf, localPartOf } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { MayPost } from '../groups/index.js'
import type { Destination } from './router.js'

/** More is refused as a whole: to serve some and drop others silently would lose mail. */
export const maxDestinations = 1_000
const maxDepth = 32

export type DeadEnd = 'unknown' | 'suspended' | 'loop' | 'refused'

type Holder =
  | { type: 'mailbox'; mailbox: MailboxResource }
  | { type: 'alias'; alias: AliasResource }
  | { type: 'group'; group: GroupResource }
  | { type: 'owners'; group: GroupResource }
  | { type: 'catchAll'; target: string }

export class TooManyDestinationsError extends Error {
  override name = 'TooManyDestinationsError'
}

export class Expansion {
  private readonly found = new Map<string, Destination>()
  readonly deadEnds = new Set<DeadEnd>()
  private readonly entered = new Map<string, 'open' | 'done'>()
  /** The outermost group that the walk is in. */
  private list: GroupResource | undefined

  constructor(
    private readonly directory: Directory,
    private readonly mayPost: MayPost,
  ) {}

  get destinations(): Destination[] {
    return [...this.found.values()]
  }

  /** `address` belongs to `domain`, which is ours. */
  local(address: string, domain: DomainResource, depth = 0): void {
    if (domain.status === 'SUSPENDED' && !domain.receivesWhileSuspended) return void this.deadEnds.add('suspended')
    if (depth > maxDepth) return void this.deadEnds.add('loop')
    if (domain.aliasOf) {
      // What it stands for may come later: until then mail waits with its senders.
      const meant = this.directory.holderOf(domain)
      if (!meant) return void this.deadEnds.add('suspended')
      return this.local(`${localPartOf(address)}@${meant.name}`, meant, depth + 1)
    }
    const holder = this.holderOf(address, domain)
    if (holder === undefined) return void this.deadEnds.add('unknown')
    switch (holder.type) {
      case 'mailbox':
        return this.mailbox(holder.mailbox, domain, depth)
      case 'alias':
        if (holder.alias.status === 'SUSPENDED') return void this.deadEnds.add('suspended')
        return this.enter(`alias/${holder.alias.id}`, holder.alias.targets, domain, depth)
      case 'group':
        return this.group(holder.group, domain, depth)
      case 'owners':
        return this.enter(`owners/${holder.group.id}`, holder.group.owners, domain, depth)
      case 'catchAll':
        return this.enter(`catchAll/${domain.id}`, [holder.target], domain, depth)
    }
  }

  /** The address itself, then without its tag, then the domain's catch-all. */
  private holderOf(address: string, domain: DomainResource): Holder | undefined {
    const separator = this.directory.policy('SUBADDRESS_SEPARATOR', domain).value
    const tag = separator === null ? -1 : localPartOf(address).indexOf(separator)
    const names = tag > 0 ? [address, `${address.slice(0, tag)}@${domain.name}`] : [address]
    for (const name of names) {
      const mailbox = this.directory.mailbox(name)
      if (mailbox) return { type: 'mailbox', mailbox }
      const alias = this.directory.alias(name)
      if (alias) return { type: 'alias', alias }
      const group = this.directory.group(name)
      if (group) return { type: 'group', group }
      const owned = this.directory.groupOwnedAt(name)
      if (owned) return { type: 'owners', group: owned }
    }
    return domain.catchAll === null ? undefined : { type: 'catchAll', target: domain.catchAll }
  }

  private group(group: GroupResource, domain: DomainResource, depth: number): void {
    if (group.status === 'SUSPENDED') return void this.deadEnds.add('suspended')
    if (!this.mayPost(group)) return void this.deadEnds.add('refused')
    const outer = this.list
    this.list ??= group
    this.enter(`group/${group.id}`, group.members, domain, depth)
    this.list = outer
    if (group.members.length === 0) this.deadEnds.add('unknown')
  }

  private mailbox(mailbox: MailboxResource, domain: DomainResource, depth: number): void {
    // For good, as far as senders are concerned: they are to hear of it now, and not after days of trying.
    if (mailbox.deleted) return void this.deadEnds.add('unknown')
    if (mailbox.status === 'SUSPENDED' && !mailbox.receivesWhileSuspended) {
      return void this.deadEnds.add('suspended')
    }
    const forward = this.directory.forwardOf(mailbox.id)
    if (forward?.status !== 'ACTIVE') return this.add(`mailbox/${mailbox.id}`, { type: 'mailbox', mailbox })
    const isItself = (target: string): boolean => this.directory.mailbox(target)?.id === mailbox.id
    const targets = forward.targets.filter((target) => !isItself(target) && this.mayForward(mailbox, domain, target))
    // People forward to themselves to keep a copy: that is no loop. What a policy lets go nowhere stays, rather than be lost.
    if (forward.keepCopy || forward.targets.some(isItself) || targets.length === 0) {
      this.add(`mailbox/${mailbox.id}`, { type: 'mailbox', mailbox })
    }
    this.enter(`forward/${mailbox.id}`, targets, domain, depth)
  }

  private mayForward(mailbox: MailboxResource, { tenantId }: DomainResource, target: string): boolean {
    const allowed = this.directory.policy('FORWARDING', mailbox).value
    return (
      allowed === 'ANY' || (allowed === 'OWN_DOMAINS' && this.directory.domain(domainOf(target))?.tenantId === tenantId)
    )
  }

  private enter(key: string, targets: string[], onBehalfOf: DomainResource, depth: number): void {
    const state = this.entered.get(key)
    if (state === 'open') this.deadEnds.add('loop')
    if (state !== undefined) return
    this.entered.set(key, 'open')
    for (const target of targets) {
      const domain = this.directory.domain(domainOf(target))
      if (domain) this.local(target, domain, depth + 1)
      else this.add(`relay/${target}`, { type: 'relay', address: target, onBehalfOf })
    }
    this.entered.set(key, 'done')
  }

  private add(key: string, destination: Destination): void {
    if (this.found.has(key)) return
    if (this.found.size >= maxDestinations) throw new TooManyDestinationsError()
    this.found.set(key, this.list ? { ...destination, list: this.list } : destination)
  }
}
