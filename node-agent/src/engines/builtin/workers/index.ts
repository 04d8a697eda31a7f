export { DispatchingServer } from './dispatching-server.js'
export { WorkerPool, type PoolServices } from './worker-pool.js'
