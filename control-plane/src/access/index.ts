export {
  grantableRoles,
  packedRulesOf,
  pathsAbove,
  permissionSubject,
  type Action,
  type PermissionSubject,
} from './ability.js'
export { adminGuard, Allow, Public, SignedIn } from './allow.js'
export { accessible, authorize, may, requireViewer } from './authorize.js'
export type { AdminContext } from './context.js'
export { findViewer, issueSessionSecret, issueTokenSecret, sessionDays } from './credentials.js'
export { bearer, clearSessionCookie, presentedCredential, setSessionCookie } from './presented-credential.js'
export { accessibleByTenant, smallSubtree } from './small-subtree.js'
export { RoleEnum, type Role } from './viewer.js'
