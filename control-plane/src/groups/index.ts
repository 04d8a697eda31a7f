export { Group, groupSubject } from './group.entity.js'
export { GroupResolver } from './group.resolver.js'
export { Groups1766000000402 } from './groups.migration.js'
