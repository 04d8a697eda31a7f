export { Audit1765000000901 } from './audit.migration.js'
export { AuditResolver } from './audit.resolver.js'
export { recordRead } from './record-read.js'
export { startAudit } from './start-audit.js'
