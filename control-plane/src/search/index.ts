export { Search1766000001501 } from './search.migration.js'
export { SearchResolver } from './search.resolver.js'
