import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { AdminContext } from '../access/index.js'
import { ObjectPolicies, policiesOf } from '../policies/index.js'
import { Mailbox } from './mailbox.entity.js'

@Resolver(() => Mailbox)
export class MailboxPoliciesResolver {
  /** Whoever sees the object sees what holds for it. */
  @FieldResolver(() => ObjectPolicies, { description: 'What is set at this mailbox, and what holds there.' })
  policies(@Root() mailbox: Mailbox, @Ctx() context: AdminContext): Promise<ObjectPolicies> {
    return policiesOf(context, { tenantPath: mailbox.domain.tenant.path, domainId: mailbox.domainId, mailbox })
  }
}
