export { Grant, grantSubject } from './grant.entity.js'
export { GrantResolver } from './grant.resolver.js'
