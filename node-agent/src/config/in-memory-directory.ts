/**
 * The directory behind the protocol engines. A batch is applied within one turn of the event loop, removals first, so that readers
 * see all of it or nothing; listeners hear of it afterwards.
 */
import type {
  AliasResource,
  AppPasswordResource,
  BanResource,
  ConfigChange,
  ConfigKey,
  ConfigResource,
  DomainResource,
  ForwardResource,
  GroupResource,
  MailboxResource,
  NodeSettingsResource,
  PolicyKind,
  PolicyResource,
  QueueCommandResource,
  QueueHoldResource,
  SendBudgetResource,
} from '@mailfleet/schema'
import { domainOf, localPartOf, nodeSettingsResource } from '@mailfleet/schema'
import type { Directory } from './directory.js'
import { Grouped } from './grouped.js'
import { PolicyBook } from './policy-book.js'
import { SharedMailboxes } from './shared-mailboxes.js'
import { UniqueIndex } from './unique-index.js'

/** Until the control plane has said how: mail is refused for now, so that senders try again. */
const unconfigured = (hostName: string): NodeSettingsResource =>
  nodeSettingsResource.parse({ kind: 'NodeSettings', id: 'unconfigured', hostName, status: 'SUSPENDED' })

/** Whether somebody would sign in with it, and could not by SCRAM. */
const lacksScram = (resource: MailboxResource | AppPasswordResource): boolean =>
  (resource.kind === 'AppPassword' || resource.passwordHash !== '') && !resource.scram

/** Resources of one kind by id and by one name. */
class Resources<T extends { id: string }> {
  readonly byId = new Map<string, T>()
  readonly byName = new UniqueIndex<T>()
  constructor(private readonly nameOf: (resource: T) => string) {}

  remove(id: string): void {
    const former = this.byId.get(id)
    if (former === undefined) return
    this.byId.delete(id)
    this.byName.remove(this.nameOf(former), former)
  }

  put(resource: T): void {
    this.remove(resource.id)
    this.byId.set(resource.id, resource)
    this.byName.add(this.nameOf(resource), resource)
  }
}

export class InMemoryDirectory implements Directory {
  private readonly kinds = {
    Domain: new Resources<DomainResource>((domain) => domain.name),
    Mailbox: new Resources<MailboxResource>((mailbox) => mailbox.address),
    Alias: new Resources<AliasResource>((alias) => alias.address),
    Group: new Resources<GroupResource>((group) => group.address),
    AppPassword: new Resources<AppPasswordResource>((password) => password.id),
    SendBudget: new Resources<SendBudgetResource>((budget) => budget.tenantId),
    Forward: new Resources<ForwardResource>((forward) => forward.mailboxId),
    Policy: new Resources<PolicyResource>((policy) => policy.objectId),
    Ban: new Resources<BanResource>((ban) => ban.network),
    QueueHold: new Resources<QueueHoldResource>((hold) => hold.id),
    QueueCommand: new Resources<QueueCommandResource>((command) => command.id),
    NodeSettings: new Resources<NodeSettingsResource>(() => 'node'),
  }
  private readonly policies = new PolicyBook({
    policyOf: (objectId) => this.kinds.Policy.byName.get(objectId),
    domainById: (id) => this.kinds.Domain.byId.get(id),
  })
  private readonly shared = new SharedMailboxes()
  private readonly appPasswords = new Grouped<AppPasswordResource>((password) => password.mailboxId)
  private withoutScram = 0
  private readonly listeners = new Set<(changes: ConfigChange[]) => void>()
  private readonly fallback: NodeSettingsResource

  constructor(hostName: string) {
    this.fallback = unconfigured(hostName)
  }

  /** Whether the control plane has said anything yet. */
  get configured(): boolean {
    return this.kinds.NodeSettings.byId.size > 0
  }

  settings = (): NodeSettingsResource => this.kinds.NodeSettings.byName.get('node') ?? this.fallback
  domain = (name: string) => this.kinds.Domain.byName.get(name)
  domainById = (id: string) => this.kinds.Domain.byId.get(id)
  holderOf = (domain: DomainResource) => (domain.aliasOf ? this.domainById(domain.aliasOf) : domain)
  mailbox = (address: string) => this.kinds.Mailbox.byName.get(this.meant(address))
  mailboxById = (id: string) => this.kinds.Mailbox.byId.get(id)
  mailboxes = (): Iterable<MailboxResource> => this.kinds.Mailbox.byId.values()
  sharedWith = (mailboxId: string): Iterable<MailboxResource> => this.shared.of(mailboxId)
  appPasswordById = (id: string) => this.kinds.AppPassword.byId.get(id)
  appPasswordsOf = (mailboxId: string): Iterable<AppPasswordResource> => this.appPasswords.of(mailboxId)
  scramReady = (): boolean => this.withoutScram === 0
  alias = (address: string) => this.kinds.Alias.byName.get(this.meant(address))
  group = (address: string) => this.kinds.Group.byName.get(this.meant(address))
  groupOwnedAt(address: string): GroupResource | undefined {
    const name = /^(.+)-owner(@.*)$/s.exec(address)
    return name ? this.group(`${name[1]}${name[2]}`) : undefined
  }
  banOf = (network: string) => this.kinds.Ban.byName.get(network)
  queueHolds = (): Iterable<QueueHoldResource> => this.kinds.QueueHold.byId.values()
  queueCommands = (): Iterable<QueueCommandResource> => this.kinds.QueueCommand.byId.values()
  sendBudgetsOf = ({ tenantPath }: DomainResource): SendBudgetResource[] =>
    tenantPath.flatMap((tenantId) => this.kinds.SendBudget.byName.get(tenantId) ?? [])
  policy = <Kind extends PolicyKind>(kind: Kind, of: DomainResource | MailboxResource) =>
    this.policies.effective(kind, of)
  forwardOf = (mailboxId: string) => this.kinds.Forward.byName.get(mailboxId)

  /** The address itself, or the one in the domain that its domain stands for. */
  private meant(address: string): string {
    const domain = this.domain(domainOf(address))
    const holder = domain?.aliasOf && domain.status === 'ACTIVE' ? this.domainById(domain.aliasOf) : undefined
    return holder ? `${localPartOf(address)}@${holder.name}` : address
  }

  /** The names of all resources, and each as it is when it is asked for: to copy the whole without a halt. */
  keys = (): ConfigKey[] =>
    Object.entries(this.kinds).flatMap(([kind, { byId }]) => [...byId.keys()].map((id) => `${kind}/${id}` as ConfigKey))
  resource(key: ConfigKey): ConfigResource | null {
    const slash = key.indexOf('/')
    return this.kinds[key.slice(0, slash) as keyof typeof this.kinds].byId.get(key.slice(slash + 1)) ?? null
  }

  onChange(listener: (changes: ConfigChange[]) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  apply(changes: ConfigChange[]): void {
    if (changes.length === 0) return
    for (const { key, resource } of changes) {
      if (resource !== null) continue
      this.unindex(key)
      const slash = key.indexOf('/')
      this.kinds[key.slice(0, slash) as keyof typeof this.kinds].remove(key.slice(slash + 1))
    }
    for (const { key, resource } of changes) {
      if (resource === null) continue
      this.unindex(key)
      ;(this.kinds[resource.kind] as Resources<typeof resource>).put(resource)
      if (resource.kind === 'Mailbox') this.shared.add(resource)
      else if (resource.kind === 'AppPassword') this.appPasswords.add(resource)
      else continue
      if (lacksScram(resource)) this.withoutScram += 1
    }
    this.policies.changed(changes)
    for (const listener of [...this.listeners]) listener(changes)
  }

  private unindex(key: string): void {
    const [kind, id = ''] = key.split('/')
    const former =
      kind === 'Mailbox' ? this.mailboxById(id) : kind === 'AppPassword' ? this.appPasswordById(id) : undefined
    if (!former) return
    if (former.kind === 'Mailbox') this.shared.remove(former)
    else this.appPasswords.remove(former)
    if (lacksScram(former)) this.withoutScram -= 1
  }
}
