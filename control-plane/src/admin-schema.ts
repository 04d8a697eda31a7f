/** The schema of schema/admin.graphql: the resolvers of all features. */
import type { GraphQLSchema } from 'graphql'
import { adminGuard } from './access/index.js'
import { AdministratorResolver } from './administrators/index.js'
import { AliasResolver } from './aliases/index.js'
import { BudgetResolver } from './budgets/index.js'
import { DomainResolver, TenantCountsResolver } from './domains/index.js'
import { MailEventResolver } from './events/index.js'
import { ForwardResolver, MailboxForwardResolver } from './forwards/index.js'
import { MailboxResolver } from './mailboxes/index.js'
import { DomainMailNodeResolver, MailNodeResolver } from './nodes/index.js'
import { createSchema } from './platform/graphql/build-schema.js'
import { SignInResolver } from './sign-in/index.js'
import { TenantResolver } from './tenants/index.js'

const resolvers = [
  SignInResolver,
  TenantResolver,
  TenantCountsResolver,
  BudgetResolver,
  AdministratorResolver,
  DomainResolver,
  DomainMailNodeResolver,
  MailboxResolver,
  MailboxForwardResolver,
  AliasResolver,
  ForwardResolver,
  MailNodeResolver,
  MailEventResolver,
]

/** `instances`: of the resolvers that cannot be made without arguments. */
export const createAdminSchema = (instances: object[] = []): GraphQLSchema =>
  createSchema({ resolvers, instances, guard: adminGuard })
