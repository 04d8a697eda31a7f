/**
 * A source that acts for itself does so by the rules of everybody: it has a viewer of its own, who may give the roles that it
 * maps, keep administrators of its tenant and, where it keeps mailboxes, those. So it never does what those roles could not undo.
 */
import type { EntityManager } from 'typeorm'
import { abilityOf, RequestContext, type AdminContext, type Rule, type Viewer } from '../access/index.js'
import { newId } from '../platform/ids.js'
import { isOfKind, type IdentitySource } from './identity-source.entity.js'
import { givableRules } from './role-mapping.js'

type Parts = Pick<AdminContext, 'system' | 'secrets' | 'logger' | 'origin'>

export async function actAsSource(
  parts: Parts,
  manager: EntityManager,
  source: IdentitySource,
  operation: string,
  /** Who asked it to. */
  by: Viewer | null = null,
): Promise<AdminContext> {
  const rules = [...(await givableRules(manager, source)), ...ownRules(source)]
  const { tenant } = source
  const context = new RequestContext({
    // One by one: a context hands some of its parts out by getters.
    secrets: parts.secrets,
    logger: parts.logger,
    origin: parts.origin,
    database: parts.system.within(manager),
    http: null,
    viewer: {
      administratorId: source.id,
      email: `${source.kind} source ${source.name}`,
      role: 'CUSTOM',
      tenantId: tenant.id,
      tenantPath: tenant.path,
      credential: { kind: 'source', id: source.id },
      confirmedAt: null,
      mustEnrol: false,
      scoped: false,
      impersonator: by && { administratorId: by.administratorId, email: by.email, endsAt: new Date(8.64e15) },
      rules,
      ability: abilityOf(rules),
    },
  })
  context.operation = { kind: 'mutation', name: operation, id: newId() }
  return context
}

function ownRules(source: IdentitySource): Rule[] {
  const origin = { kind: 'BASELINE' } as const
  const conditions = { within: source.tenant.path }
  const allow = (actions: Rule['actions'], subject: Rule['subject']): Rule => ({
    effect: 'ALLOW',
    actions,
    subject,
    conditions,
    origin,
  })
  const administrators = [allow(['read'], 'Tenant'), allow(['read', 'create', 'update'], 'Administrator')]
  const keepsMailboxes = isOfKind(source, 'LDAP') && source.settings.provisions === 'MAILBOXES'
  if (!keepsMailboxes) return administrators
  return [allow(['read'], 'Domain'), allow(['read', 'create', 'update', 'suspend'], 'Mailbox')]
}
