export { createTlsProvider, type RunningTlsProvider, type TlsProviderOptions } from './create-tls-provider.js'
export { followedTls, type TlsMaterial } from './tls-material.js'
export type { TlsProvider } from './tls-provider.js'
