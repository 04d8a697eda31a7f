export { createExportEndpoint } from './export-endpoint.js'
