/**
 * The node's config in memory, indexed for the protocol engines. Always the last good state: reads never wait, never fail,
 * and see a whole change or nothing of it. Addresses and domains are asked for in normal form (`normalizeAddress`).
 */
import type {
  AliasResource,
  AppPasswordResource,
  BanResource,
  ConfigChange,
  DomainResource,
  EffectivePolicy,
  ForwardResource,
  GroupResource,
  MailboxResource,
  NodeSettingsResource,
  PolicyKind,
  QueueCommandResource,
  QueueHoldResource,
  SendBudgetResource,
} from '@mailfleet/schema'

export interface Directory {
  settings(): NodeSettingsResource
  domain(name: string): DomainResource | undefined
  domainById(id: string): DomainResource | undefined
  /** The domain that holds the addresses of this one: another where it stands for that, undefined while that one is not here. */
  holderOf(domain: DomainResource): DomainResource | undefined
  /** Of this address, or the one that it means in a domain that stands for another; so too `alias` and `group`. */
  mailbox(address: string): MailboxResource | undefined
  mailboxById(id: string): MailboxResource | undefined
  mailboxes(): Iterable<MailboxResource>
  /** Mailboxes that have this one among their members. */
  sharedWith(mailboxId: string): Iterable<MailboxResource>
  /** Whether every mailbox that has a password, and every app password, can sign in by SCRAM: before that, clients must not be led to choose it. */
  scramReady(): boolean
  appPasswordById(id: string): AppPasswordResource | undefined
  appPasswordsOf(mailboxId: string): Iterable<AppPasswordResource>
  alias(address: string): AliasResource | undefined
  group(address: string): GroupResource | undefined
  /** The group whose owners have this address (`groupOwnerAddress`). */
  groupOwnedAt(address: string): GroupResource | undefined
  forwardOf(mailboxId: string): ForwardResource | undefined
  /** Of the tenants above a domain, those that have one; in their order. */
  sendBudgetsOf(domain: DomainResource): SendBudgetResource[]
  /** Of a network, as `clientNetwork` names it; whether it has ended is for the reader to see. */
  banOf(network: string): BanResource | undefined
  queueHolds(): Iterable<QueueHoldResource>
  queueCommands(): Iterable<QueueCommandResource>
  /** What holds for a domain, or for a mailbox, by all levels above it and its own. */
  policy<Kind extends PolicyKind>(kind: Kind, of: DomainResource | MailboxResource): EffectivePolicy<Kind>
  /** Called after the change is readable here, in one batch. Returns the unsubscriber. */
  onChange(listener: (changes: ConfigChange[]) => void): () => void
}
