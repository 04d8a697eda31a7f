/** The schema of schema/admin.graphql: the resolvers of all features. */
import type { GraphQLSchema } from 'graphql'
import { adminGuard, guardLists, guardObjectFields, type FilteredFields, type SubjectsOfTypes } from './access/index.js'
import { administratorSubject, AdministratorResolver } from './administrators/index.js'
import { AliasResolver, aliasSubject } from './aliases/index.js'
import { AppPasswordResolver, appPasswordSubject } from './app-passwords/index.js'
import { AuditResolver } from './audit/index.js'
import { BanResolver, banSubject } from './bans/index.js'
import { BudgetResolver } from './budgets/index.js'
import { DomainDnsResolver } from './domain-dns/index.js'
import {
  DomainLifeCycleResolver,
  DomainPoliciesResolver,
  DomainResolver,
  domainSubject,
  TenantCountsResolver,
} from './domains/index.js'
import { DkimKeyResolver, dkimKeySubject, DomainDkimResolver } from './dkim/index.js'
import { directoryResolverClasses, identitySourceSubject } from './directories/index.js'
import { MailEventResolver } from './events/index.js'
import { ExplanationResolver } from './explanations/index.js'
import { ForwardResolver, forwardSubject, MailboxForwardResolver } from './forwards/index.js'
import { GrantResolver, grantSubject } from './grants/index.js'
import { RevisionResolver } from './history/index.js'
import { GroupResolver, groupSubject } from './groups/index.js'
import { ImpersonationResolver } from './impersonation/index.js'
import { LiveChangeResolver } from './live-changes/index.js'
import { BulkResolver } from './bulk/index.js'
import { ImportResolver } from './imports/index.js'
import { JobResolver, jobSubject } from './jobs/index.js'
import { ManifestResolver } from './manifests/index.js'
import {
  MailboxMemberResolver,
  MailboxMembersResolver,
  MailboxPoliciesResolver,
  MailboxResolver,
  mailboxSubject,
} from './mailboxes/index.js'
import { DomainMailNodeResolver, MailNodeResolver } from './nodes/index.js'
import { PolicyResolver } from './policies/index.js'
import { createSchema } from './platform/graphql/build-schema.js'
import { QueuedMessageResolver, queuedMessageSubject, QueueHoldResolver, queueHoldSubject } from './queue/index.js'
import { describeRepeated } from './reference/index.js'
import { NodeResolver } from './relay/index.js'
import {
  AccessRoleResolver,
  accessRoleSubject,
  RoleAssignmentResolver,
  roleAssignmentSubject,
  type RoleAssignment,
} from './roles/index.js'
import { RolloutResolver } from './rollouts/index.js'
import { SearchResolver } from './search/index.js'
import { apiTokenSubject, signInResolverClasses } from './sign-in/index.js'
import { DomainTransferResolver, TenantMoveResolver } from './life-cycle/index.js'
import { TenantPoliciesResolver, TenantResolver, tenantSubject } from './tenants/index.js'
import { SavedSearchResolver, savedSearchSubject } from './saved-searches/index.js'
import { SimulationResolver } from './simulations/index.js'
import { WebhookDeliveryResolver, WebhookResolver, webhookSubject } from './webhooks/index.js'

const resolvers = [
  ...signInResolverClasses,
  TenantResolver,
  TenantMoveResolver,
  DomainTransferResolver,
  TenantCountsResolver,
  BanResolver,
  BudgetResolver,
  AccessRoleResolver,
  RoleAssignmentResolver,
  GrantResolver,
  ExplanationResolver,
  ImpersonationResolver,
  AdministratorResolver,
  DomainResolver,
  DomainLifeCycleResolver,
  DomainDnsResolver,
  DomainMailNodeResolver,
  DkimKeyResolver,
  DomainDkimResolver,
  MailboxResolver,
  MailboxForwardResolver,
  AppPasswordResolver,
  AliasResolver,
  GroupResolver,
  ForwardResolver,
  MailNodeResolver,
  MailEventResolver,
  QueuedMessageResolver,
  QueueHoldResolver,
  NodeResolver,
  PolicyResolver,
  TenantPoliciesResolver,
  DomainPoliciesResolver,
  MailboxPoliciesResolver,
  MailboxMembersResolver,
  MailboxMemberResolver,
  AuditResolver,
  LiveChangeResolver,
  RevisionResolver,
  RolloutResolver,
  ...directoryResolverClasses,
  JobResolver,
  BulkResolver,
  ImportResolver,
  ManifestResolver,
  WebhookResolver,
  WebhookDeliveryResolver,
  SavedSearchResolver,
  SimulationResolver,
  SearchResolver,
]

/** Objects of these types are checked wherever they are read. */
const subjectsOfTypes: SubjectsOfTypes = {
  Tenant: tenantSubject,
  Administrator: administratorSubject,
  AccessRole: accessRoleSubject,
  RoleAssignment: (assignment: RoleAssignment) => roleAssignmentSubject(assignment.id, assignment.administrator),
  Grant: grantSubject,
  ApiToken: apiTokenSubject,
  Ban: banSubject,
  Domain: domainSubject,
  Mailbox: mailboxSubject,
  AppPassword: appPasswordSubject,
  Alias: aliasSubject,
  Group: groupSubject,
  Forward: forwardSubject,
  SavedSearch: savedSearchSubject,
  Webhook: webhookSubject,
  DkimKey: dkimKeySubject,
  IdentitySource: identitySourceSubject,
  Job: jobSubject,
  QueuedMessage: queuedMessageSubject,
  QueueHold: queueHoldSubject,
}

const filteredFields: FilteredFields = {
  Ban: { address: ['network'] },
  Tenant: { search: ['name'] },
  Administrator: { search: ['email', 'name'] },
  Domain: { search: ['name'] },
  Mailbox: { search: ['address', 'name'] },
  Alias: { search: ['address'] },
  Group: { search: ['address', 'name'] },
  QueuedMessage: { search: ['sender', 'recipient', 'destination'], queuedBefore: ['queuedAt'] },
  Forward: { search: ['Mailbox.address', 'targets'] },
}

/** `instances`: of the resolvers that cannot be made without arguments. */
export function createAdminSchema(instances: object[] = []): GraphQLSchema {
  const schema = createSchema({ resolvers, instances, guard: adminGuard })
  describeRepeated(schema)
  guardObjectFields(schema, subjectsOfTypes)
  guardLists(schema, subjectsOfTypes, filteredFields)
  return schema
}
