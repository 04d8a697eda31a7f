/** The node of a domain, for those who may see nodes; what a domain publishes of it is in its DNS records. */
import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { AdminContext } from '../../access/index.js'
import { Domain } from '../../domains/index.js'
import { MailNode } from './mail-node.entity.js'
import { visibleMailNode } from './mail-node.queries.js'

@Resolver(() => Domain)
export class DomainMailNodeResolver {
  @FieldResolver(() => MailNode, {
    nullable: true,
    description: 'Where its mail is; null where the viewer may not see nodes.',
  })
  mailNode(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<MailNode | null> {
    return visibleMailNode(context, domain.mailNodeId)
  }
}
