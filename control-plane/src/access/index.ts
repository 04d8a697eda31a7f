export { abilityOf, decidingRule, packedRulesOf } from './ability.js'
export { adminGuard, Allow, Public, SignedIn } from './allow.js'
export { accessible, authorize, hasFieldRules, may, requireCovering, requireViewer } from './authorize.js'
export { builtInRules, tenantCeiling } from './built-in-roles.js'
export type { AdminContext } from './context.js'
export { actorOf } from './database-scope.js'
export { guardObjectFields, hasGuardedFields, type SubjectsOfTypes } from './guard-fields.js'
export { guardLists, type FilteredFields } from './guard-lists.js'
export { isReadableOfEach } from './readable-of-each.js'
export {
  administratorIsActive,
  findViewer,
  issueSessionSecret,
  issueTokenSecret,
  issueStepSecret,
  maySignInLocally,
  hashOf,
  sessionDays,
} from './credentials.js'
export { protectTable, reached, stopProtecting } from './protected-table.js'
export { reachedPaths } from './reached-paths.js'
export {
  bearer,
  clearSessionCookie,
  cookieOf,
  presentedCredential,
  setSessionCookie,
  type Reached,
} from './presented-credential.js'
export { publicMutations } from './public-mutation.js'
export { reasonOf } from './reason.js'
export { RequestContext, within } from './request-context.js'
export { assignedRules, effectiveRules, grantedRules, loadRights, type Rights } from './rights.js'
export { endingBy, intersect, type Rule, type RuleOrigin } from './rules.js'
export { isScopeOf, rulesFrom, scopeNames, type RuleTemplate, type Scope } from './rule-template.js'
export { mustHaveSecondFactor } from './second-factor-rule.js'
export { accessibleByTenant, smallSubtree } from './small-subtree.js'
export { stateReach, type StatedReach } from './stated-reach.js'
export { standingViewer, starterOf, type Starter } from './standing-viewer.js'
export {
  actionNames,
  pathsAbove,
  permissionSubject,
  subjectKinds,
  subjectNames,
  type Action,
  type PermissionSubject,
  type SubjectName,
} from './subjects.js'
export { RoleEnum, type Role, type Viewer } from './viewer.js'
