export { IdentitySource, identitySourceSubject } from './identity-source.entity.js'
export { passwordDirectories } from './ldap/ldap-sign-in.js'
export { directoryResolverClasses, directoryResolvers } from './resolvers.js'
export { IdentitySources1766000000102 } from './identity-sources.migration.js'
