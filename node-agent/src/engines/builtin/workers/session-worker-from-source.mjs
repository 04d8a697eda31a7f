/** Starts a session worker from the TypeScript sources, for tests. */
import { register } from 'tsx/esm/api'

register()
await import('./session-worker.ts')
