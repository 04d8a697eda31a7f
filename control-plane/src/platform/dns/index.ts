export { DnsResolver, type DnsSettings } from './dns-resolver.js'
export { recordsOf, type DnsFailure, type DnsLookups, type Lookup, type MxRecord, type SrvRecord } from './lookup.js'
