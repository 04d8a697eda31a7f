/** Why somebody may do something or not: by the very rules that decide when they do it. */
import {
  decidingRule,
  effectiveRules,
  loadRights,
  may,
  type Action,
  type AdminContext,
  type PermissionSubject,
  type Rights,
  type RuleOrigin,
} from '../access/index.js'
import { visibleAdministrator, type Administrator } from '../administrators/index.js'
import { AccessRole, accessRoleSubject } from '../roles/index.js'
import { isTenantSuspended, visibleTenant } from '../tenants/index.js'
import { findSubject } from './find-subject.js'
import type { Explanation, ExplanationStep, ExplainPermissionInput, StepKind } from './explanation.types.js'

export async function explainPermission(
  context: AdminContext,
  input: ExplainPermissionInput,
): Promise<Explanation | null> {
  const administrator = await visibleAdministrator(context, input.administratorId)
  const found = await findSubject(context, input.subject.type, input.subject.id)
  if (!administrator || !found) return null
  const rights = (await loadRights(context.system, [administrator.id])).get(administrator.id)
  return rights ? explain(context, administrator, rights, input.action, found.object, input.field ?? undefined) : null
}

export async function explain(
  context: AdminContext,
  administrator: Administrator,
  rights: Rights,
  action: Action,
  object: PermissionSubject,
  field?: string,
): Promise<Explanation> {
  const rule = decidingRule(effectiveRules(rights), action, object, field)
  const suspended =
    administrator.status === 'SUSPENDED' || (await isTenantSuspended(context).load(administrator.tenantId))
  const allowed = rule?.effect === 'ALLOW' && !suspended
  const reason = suspended ? 'SUSPENDED' : allowed ? 'ALLOWED' : rule ? 'DENIED' : 'NO_RULE'
  const who = step('ADMINISTRATOR', administrator.id, administrator.email)
  return {
    administratorId: administrator.id,
    allowed,
    reason,
    rule: rule && {
      effect: rule.effect,
      actions: [...rule.actions],
      subject: rule.subject,
      fields: rule.fields ? [...rule.fields] : null,
      conditions: JSON.stringify(rule.conditions),
    },
    chain: [who, ...(rule ? await stepsOf(context, rule.origin) : [])],
  }
}

const step = (kind: StepKind, id: string | null, name: string | null): ExplanationStep => ({ kind, id, name })

async function stepsOf(context: AdminContext, origin: RuleOrigin): Promise<ExplanationStep[]> {
  const tenant = async (kind: StepKind, id: string) => step(kind, id, (await visibleTenant(context, id))?.name ?? null)
  switch (origin.kind) {
    case 'BASELINE':
      return [step('EVERYBODY', null, null)]
    case 'BUILT_IN_ROLE':
      return [
        ...(origin.assignmentId ? [step('ROLE_ASSIGNMENT', origin.assignmentId, null)] : []),
        step('BUILT_IN_ROLE', null, origin.role),
        await tenant('TENANT', origin.tenantId),
      ]
    case 'CUSTOM_ROLE': {
      const where = { id: origin.accessRoleId }
      const [role] = await context.database.find(AccessRole, { where, relations: { tenant: true } })
      const visible = role && may(context, 'read', accessRoleSubject(role))
      return [
        step('ROLE_ASSIGNMENT', origin.assignmentId, null),
        step('ACCESS_ROLE', origin.accessRoleId, visible ? role.name : null),
        await tenant('TENANT', origin.tenantId),
        await tenant('OWNER', origin.ownerId),
      ]
    }
    case 'GRANT':
      return [step('GRANT', origin.grantId, null), await tenant('TENANT', origin.tenantId)]
    default:
      return []
  }
}
