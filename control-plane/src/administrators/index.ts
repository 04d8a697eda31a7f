export { AdministratorPayload } from './administrator.types.js'
export { Administrator, administratorColumns, administratorSubject } from './administrator.entity.js'
export { visibleAdministrator } from './administrator.queries.js'
export { AdministratorResolver } from './administrator.resolver.js'
export {
  createAdministrator,
  endSessions,
  maxAdministratorName,
  minAdministratorPassword,
  requireAdministrator,
  requireEmail,
  requireRole,
} from './administrator.service.js'
export { createFirstAdministrator } from './first-administrator.js'
