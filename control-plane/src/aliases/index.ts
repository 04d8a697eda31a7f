export { Alias, aliasSubject } from './alias.entity.js'
export { AliasResolver } from './alias.resolver.js'
