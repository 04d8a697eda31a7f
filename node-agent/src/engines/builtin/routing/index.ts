export { createRouter } from './create-router.js'
