export { SavedSearch, savedSearchSubject } from './saved-search.entity.js'
export { SavedSearchResolver } from './saved-search.resolver.js'
export { SavedSearches1767000000302 } from './saved-searches.migration.js'
