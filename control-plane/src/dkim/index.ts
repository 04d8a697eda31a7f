export { DkimKey, dkimKeySubject } from './dkim-key.entity.js'
export { DkimKeyResolver, DomainDkimResolver } from './dkim-key.resolver.js'
export { DkimKeys1766000000301 } from './dkim-keys.migration.js'
export { startDkimRotation } from './rotation.js'
