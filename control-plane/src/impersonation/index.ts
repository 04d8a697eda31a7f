export { ImpersonationResolver } from './impersonation.resolver.js'
