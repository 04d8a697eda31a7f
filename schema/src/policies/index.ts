export * from './domain-pattern.js'
export * from './effective-policy.js'
export * from './policy-kinds.js'
export * from './sender-pattern.js'
