export { createTlsProvider, type RunningTlsProvider, type TlsProviderOptions } from './create-tls-provider.js'
export type { TlsProvider } from './tls-provider.js'
