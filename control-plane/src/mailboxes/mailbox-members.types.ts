/** Who else may use a mailbox: what the API says and takes. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'

export const MailboxAccessEnum = { READ: 'READ', EDIT: 'EDIT', FULL: 'FULL' } as const
export type MailboxAccess = keyof typeof MailboxAccessEnum
registerEnumType(MailboxAccessEnum, {
  name: 'MailboxAccess',
  description: 'Names for sets of rights (RFC 4314).',
  valuesConfig: {
    READ: { description: '`lr`.' },
    EDIT: { description: '`lrswite`: reads, marks, files and deletes messages.' },
    FULL: { description: '`lrswipkxtea`: folders and their rights too.' },
  },
})

export const MailboxSendingEnum = { ON_BEHALF: 'ON_BEHALF', AS: 'AS' } as const
export type MailboxSending = keyof typeof MailboxSendingEnum
registerEnumType(MailboxSendingEnum, {
  name: 'MailboxSending',
  description: 'How a member writes from the address of the mailbox.',
  valuesConfig: {
    ON_BEHALF: { description: 'The Sender field says who it was.' },
    AS: { description: 'As the mailbox itself would.' },
  },
})

@ObjectType({
  description: 'Somebody who sees a mailbox that is not their own, in IMAP below `Shared/` or `Other Users/`.',
})
export class MailboxMember {
  memberId: string

  @Field(() => String, { description: 'RFC 4314, on all folders of the mailbox.' })
  rights: string

  @Field(() => MailboxSendingEnum, { nullable: true, description: 'Null: not at all.' })
  sending: MailboxSending | null
}

@InputType({ description: 'What somebody may do with a shared mailbox.' })
export class MailboxMemberInput {
  @Field(() => ID, { description: 'A mailbox of the same tenant, on the same mail node.' })
  memberId: string

  @Field(() => MailboxAccessEnum, { nullable: true, description: 'Or else `rights`.' })
  access?: MailboxAccess | null

  @Field(() => String, { nullable: true, description: 'Letters of RFC 4314, in any order.' })
  rights?: string | null

  @Field(() => MailboxSendingEnum, {
    nullable: true,
    description: 'Whether they may send in its name; absent: they may not.',
  })
  sending?: MailboxSending | null
}

@InputType()
export class UpdateMailboxMembersInput {
  @Field(() => ID, { description: 'Of the shared mailbox.' })
  id: string

  @Field(() => Int, { description: "The mailbox's." })
  version: number

  @Field(() => [MailboxMemberInput], { defaultValue: [], description: 'Come, or have other rights from now on.' })
  set: MailboxMemberInput[]

  @Field(() => [ID], { defaultValue: [], description: 'Go.' })
  remove: string[]
}
