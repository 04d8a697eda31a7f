export {
  createAccessRole,
  deleteAccessRole,
  listAccessRoles,
  requireAccessRole,
  updateAccessRole,
} from './access-role.service.js'
export { AccessRole, accessRoleSubject } from './access-role.entity.js'
export { AccessRule, AccessRuleInput, AccessActionEnum, AccessSubjectEnum } from './access-rule.types.js'
export { requireGivable, templatesOf } from './check-rules.js'
export { RoleAssignment, roleAssignmentSubject } from './role-assignment.entity.js'
export { AccessRoleResolver, RoleAssignmentResolver } from './role.resolver.js'
