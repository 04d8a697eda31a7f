export { ApiToken } from './api-token.entity.js'
export { AttemptLimits } from './attempt-limits.js'
export { SignInResolver } from './sign-in.resolver.js'
export { ViewerType } from './sign-in.types.js'
