export { Policies1765000000301 } from './policies.migration.js'
export { effectiveValue, policiesOf, type PolicyObject } from './object-policies.js'
export { ObjectPolicies } from './policy.types.js'
export { PolicyResolver } from './policy.resolver.js'
