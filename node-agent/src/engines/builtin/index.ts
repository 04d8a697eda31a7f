export { createBuiltinEngine, type BuiltinEngine } from './builtin-engine.js'
