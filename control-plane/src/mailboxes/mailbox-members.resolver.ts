import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { forgetLoaded } from '../platform/loader.js'
import { Mailbox } from './mailbox.entity.js'
import { visibleMailbox } from './mailbox.queries.js'
import { MailboxPayload } from './mailbox.types.js'
import { membersOfMailbox, updateMailboxMembers } from './mailbox-members.service.js'
import { MailboxMember, UpdateMailboxMembersInput } from './mailbox-members.types.js'

@Resolver(() => Mailbox)
export class MailboxMembersResolver {
  @FieldResolver(() => [MailboxMember], { description: 'At most 1,000.' })
  members(@Root() mailbox: Mailbox, @Ctx() context: AdminContext): Promise<MailboxMember[]> {
    return membersOfMailbox(context).load(mailbox.id)
  }

  @Mutation(() => MailboxPayload, { description: 'Who else may use a mailbox; at most 200 changes at once.' })
  @Allow('update', 'Mailbox')
  async updateMailboxMembers(
    @Arg('input', () => UpdateMailboxMembersInput) input: UpdateMailboxMembersInput,
    @Ctx() context: AdminContext,
  ): Promise<MailboxPayload> {
    const id = await updateMailboxMembers(context, input)
    forgetLoaded(context)
    return { mailbox: await visibleMailbox(context, id), errors: [] }
  }
}

@Resolver(() => MailboxMember)
export class MailboxMemberResolver {
  @FieldResolver(() => Mailbox, { nullable: true, description: 'Null where one may not see it.' })
  member(@Root() { memberId }: MailboxMember, @Ctx() context: AdminContext): Promise<Mailbox | null> {
    return visibleMailbox(context, memberId)
  }
}
