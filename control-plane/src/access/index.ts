export {
  abilityFor,
  grantableRoles,
  packedRulesOf,
  pathsAbove,
  permissionSubject,
  type Action,
  type AppAbility,
  type PermissionSubject,
  type SubjectName,
} from './ability.js'
export { adminGuard, Allow, Public, SignedIn } from './allow.js'
export { accessible, authorize, may, requireViewer } from './authorize.js'
export type { AdminContext } from './context.js'
export {
  findViewer,
  issueSessionSecret,
  issueTokenSecret,
  sessionDays,
  type IssuedSecret,
  type PresentedCredential,
} from './credentials.js'
export { bearer, clearSessionCookie, presentedCredential, setSessionCookie } from './presented-credential.js'
export { RoleEnum, type Role, type Viewer } from './viewer.js'
export { accessibleByTenant, smallSubtree } from './small-subtree.js'
