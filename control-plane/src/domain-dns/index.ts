export { DnsChecker } from './dns-checker.js'
export { DomainDns1766000000202 } from './domain-dns.migration.js'
export { DomainDnsResolver } from './domain-dns.resolver.js'
export { recordSources } from './expected-records.js'
