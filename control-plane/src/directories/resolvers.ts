/** The resolvers of identity sources; those that are made with something are made once for a replica. */
import type { Outbound } from '../platform/http/outbound.js'
import type { SignInSettings } from '../sign-in/index.js'
import { IdentitySourceResolver } from './identity-source.resolver.js'
import { DirectorySyncResolver } from './ldap/directory-sync.resolver.js'
import { Issuers } from './oidc/issuer.js'
import { SingleSignOnResolver } from './oidc/single-sign-on.resolver.js'

export const directoryResolverClasses = [IdentitySourceResolver, SingleSignOnResolver, DirectorySyncResolver] as const

export const directoryResolvers = (settings: SignInSettings, outbound: Outbound): object[] => [
  new SingleSignOnResolver({ settings, issuers: new Issuers(outbound) }),
  new DirectorySyncResolver(outbound),
]
