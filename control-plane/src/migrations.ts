/** All migrations, in the order in which they run: TypeORM sorts by the time stamp in their names. */
import { TenantsAndAccess1764000000001 } from './access/tenants-and-access.migration.js'
import { PolicyEstimates1767000000601 } from './access/policy-estimates.migration.js'
import { ProtectedTables1766000000899 } from './access/protected-tables.migration.js'
import { RolesAndGrants1765000000101 } from './access/roles-and-grants.migration.js'
import { RowLevelSecurity1766000000000 } from './access/row-level-security.migration.js'
import { Audit1765000000901 } from './audit/index.js'
import { Bans1765000000205 } from './bans/index.js'
import { AppPasswords1766000000404 } from './app-passwords/index.js'
import { Budgets1765000000102, SendBudgets1766000000405 } from './budgets/index.js'
import { DomainDns1766000000202 } from './domain-dns/index.js'
import { AliasDomains1766000000401, DomainLifeCycle1766000000201, Domains1764000000003 } from './domains/index.js'
import { DkimFirstKeys1766000001201, DkimKeys1766000000301 } from './dkim/index.js'
import {
  IdentitySources1766000000102,
  DirectorySyncs1767000001701,
  SourceSuspensions1766000001101,
} from './directories/index.js'
import {
  MailEventAuthentication1766000000302,
  MailEvents1764000000004,
  MailEventTlsPolicy1767000000401,
  MailEventSearch1767000000301,
} from './events/index.js'
import { Jobs1766000000501 } from './jobs/index.js'
import { DomainTransfers1767000000701 } from './life-cycle/index.js'
import { Idempotency1765000000401 } from './idempotency/index.js'
import { NodesAndChanges1764000000002, OauthIssuers1765000000602 } from './nodes/index.js'
import { RevisionHistory1767000000101 } from './history/index.js'
import { Groups1766000000402 } from './groups/index.js'
import {
  MailboxLifeCycle1766000000203,
  MailboxScram1765000000601,
  SharedMailboxes1766000000403,
} from './mailboxes/index.js'
import { DataKeys1765000000200 } from './platform/secrets/index.js'
import { TenantDeletion1765000000103, TenantReceiving1765000000104 } from './tenants/index.js'
import { SecondFactors1765000000201, SignInMethod1765000000202 } from './sign-in/index.js'
import { PasswordPolicies1766000000101, Policies1765000000301 } from './policies/index.js'
import { Queue1767000000501, UnusualSending1767000000502 } from './queue/index.js'
import { SavedSearches1767000000302 } from './saved-searches/index.js'
import { Rollouts1767000000102 } from './staging/index.js'
import { Search1766000001501 } from './search/index.js'
import { Webhooks1766000000601 } from './webhooks/index.js'

export const migrations = [
  TenantsAndAccess1764000000001,
  NodesAndChanges1764000000002,
  Domains1764000000003,
  MailEvents1764000000004,
  RolesAndGrants1765000000101,
  DataKeys1765000000200,
  MailboxScram1765000000601,
  OauthIssuers1765000000602,
  Budgets1765000000102,
  TenantDeletion1765000000103,
  TenantReceiving1765000000104,
  SecondFactors1765000000201,
  SignInMethod1765000000202,
  Idempotency1765000000401,
  Policies1765000000301,
  Audit1765000000901,
  Bans1765000000205,
  RowLevelSecurity1766000000000,
  ProtectedTables1766000000899,
  PasswordPolicies1766000000101,
  DomainLifeCycle1766000000201,
  DomainDns1766000000202,
  MailboxLifeCycle1766000000203,
  AliasDomains1766000000401,
  Groups1766000000402,
  SharedMailboxes1766000000403,
  AppPasswords1766000000404,
  SendBudgets1766000000405,
  DkimKeys1766000000301,
  Queue1767000000501,
  UnusualSending1767000000502,
  IdentitySources1766000000102,
  MailEventAuthentication1766000000302,
  Jobs1766000000501,
  DkimFirstKeys1766000001201,
  Webhooks1766000000601,
  Search1766000001501,
  SourceSuspensions1766000001101,
  DomainTransfers1767000000701,
  PolicyEstimates1767000000601,
  MailEventTlsPolicy1767000000401,
  MailEventSearch1767000000301,
  SavedSearches1767000000302,
  RevisionHistory1767000000101,
  Rollouts1767000000102,
  DirectorySyncs1767000001701,
]
