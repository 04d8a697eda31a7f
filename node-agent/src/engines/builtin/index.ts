export { createBuiltinEngine } from './builtin-engine.js'
