export { ExplanationResolver } from './explanation.resolver.js'
