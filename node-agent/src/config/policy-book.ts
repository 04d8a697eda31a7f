/**
 * What policies say for each domain and mailbox here, worked out when it is first asked for and remembered until one of the things
 * that it rests on changes. Resources are replaced, never altered, and so what is remembered hangs on the resource itself.
 */
import type {
  ConfigChange,
  DomainResource,
  EffectivePolicy,
  MailboxResource,
  PolicyKind,
  PolicyLayer,
  PolicyResource,
} from '@mailfleet/schema'
import { effectivePolicy, quotaLayer } from '@mailfleet/schema'

interface PolicySource {
  policyOf(objectId: string): PolicyResource | undefined
  domainById(id: string): DomainResource | undefined
}

type Remembered = Map<PolicyKind, EffectivePolicy>

export class PolicyBook {
  private remembered = new WeakMap<DomainResource | MailboxResource, Remembered>()

  constructor(private readonly source: PolicySource) {}

  changed(changes: readonly ConfigChange[]): void {
    const concerns = changes.some(({ key }) => key.startsWith('Policy/') || key.startsWith('Domain/'))
    if (concerns) this.remembered = new WeakMap()
  }

  effective<Kind extends PolicyKind>(kind: Kind, of: DomainResource | MailboxResource): EffectivePolicy<Kind> {
    let known = this.remembered.get(of)
    if (known === undefined) this.remembered.set(of, (known = new Map()))
    let policy = known.get(kind)
    if (policy === undefined) known.set(kind, (policy = effectivePolicy<PolicyKind>(kind, this.layersOf(of))))
    return policy as EffectivePolicy<Kind>
  }

  private layersOf(of: DomainResource | MailboxResource): PolicyLayer[] {
    if (of.kind === 'Mailbox') {
      const domain = this.source.domainById(of.domainId)
      return [...(domain ? this.layersOf(domain) : []), ...quotaLayer({ ...of, revision: 0 }), ...this.layer(of.id)]
    }
    return [...of.tenantPath.flatMap((id) => this.layer(id)), ...this.layer(of.id)]
  }

  private layer(objectId: string): PolicyLayer[] {
    const policy = this.source.policyOf(objectId)
    if (!policy) return []
    const { id: policyId, level, revision, settings } = policy
    return [{ origin: { level, policyId, objectId, revision }, settings: settings as PolicyLayer['settings'] }]
  }
}
