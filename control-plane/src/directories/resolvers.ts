/** The resolvers of identity sources; those that are made with something are made once for a replica. */
import { IdentitySourceResolver } from './identity-source.resolver.js'
import type { SignOn } from './oidc/single-sign-on.js'
import { SingleSignOnResolver } from './oidc/single-sign-on.resolver.js'

export const directoryResolverClasses = [IdentitySourceResolver, SingleSignOnResolver] as const

export const directoryResolvers = (signOn: SignOn): object[] => [new SingleSignOnResolver(signOn)]
