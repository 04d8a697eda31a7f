export { createRouter } from './create-router.js'
export type { Destination, Resolution, Router } from './router.js'
