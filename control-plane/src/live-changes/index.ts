export { LiveChangeResolver } from './live-change.resolver.js'
