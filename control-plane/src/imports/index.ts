export { ImportResolver } from './import.resolver.js'
export { createUploadEndpoint } from './upload-endpoint.js'
