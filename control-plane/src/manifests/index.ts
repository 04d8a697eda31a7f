export { ManifestResolver } from './manifest.resolver.js'
