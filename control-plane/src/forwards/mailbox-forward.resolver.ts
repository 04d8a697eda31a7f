import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { AdminContext } from '../access/index.js'
import { Mailbox } from '../mailboxes/index.js'
import { Forward } from './forward.entity.js'
import { visibleForwardOf } from './forward.queries.js'

@Resolver(() => Mailbox)
export class MailboxForwardResolver {
  @FieldResolver(() => Forward, {
    nullable: true,
    description: 'Where its mail goes besides; null: nowhere, or the viewer may not see it.',
  })
  forward(@Root() mailbox: Mailbox, @Ctx() context: AdminContext): Promise<Forward | null> {
    return visibleForwardOf(context, mailbox.id)
  }
}
