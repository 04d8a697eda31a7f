/** The resolvers of sign-in, which are made with its settings. */
import { SessionResolver } from './sessions/session.resolver.js'
import type { SignInSettings } from './sign-in-settings.js'
import { SignInResolver } from './sign-in.resolver.js'
import { ApiTokenResolver } from './tokens/api-token.resolver.js'
import { TwoFactorResolver } from './two-factor/two-factor.resolver.js'
import { ViewerTwoFactorResolver } from './two-factor/viewer-two-factor.resolver.js'

export const signInResolverClasses = [
  SignInResolver,
  TwoFactorResolver,
  ViewerTwoFactorResolver,
  SessionResolver,
  ApiTokenResolver,
] as const

export const signInResolvers = (settings: SignInSettings): object[] => [
  new SignInResolver(settings),
  new TwoFactorResolver(settings),
]
