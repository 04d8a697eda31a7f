export { createBuiltinEngine } from './builtin-engine.js'
export type { BuiltinEngine, BuiltinEngineOptions } from './builtin-engine.js'
