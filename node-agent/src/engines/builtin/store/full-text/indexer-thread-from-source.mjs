/** Starts the indexer's thread from the TypeScript sources, for tests: tsx does not register itself in worker threads. */
import { register } from 'tsx/esm/api'

register()
await import('./indexer-thread.ts')
