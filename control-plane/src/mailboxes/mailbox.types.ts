/** Inputs, payloads and connection of mailboxes. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { SafeIntScalar } from '../platform/graphql/scalars.js'
import { Mailbox } from './mailbox.entity.js'

@ObjectType()
class MailboxEdge extends edgeOf(Mailbox) {}

@ObjectType()
export class MailboxConnection extends countedConnectionOf(Mailbox, MailboxEdge) {}

@InputType()
export class MailboxFilter {
  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  tenantId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Those that are deleted and can be restored, in place of all others.',
  })
  deleted?: boolean | null

  @Field(() => String, { nullable: true, description: 'Prefix or substring of address or name, any case.' })
  search?: string | null
}

export const MailboxOrderFieldEnum = { ADDRESS: 'ADDRESS', NAME: 'NAME', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(MailboxOrderFieldEnum, { name: 'MailboxOrderField' })

@InputType()
export class MailboxOrder {
  @Field(() => MailboxOrderFieldEnum)
  field: keyof typeof MailboxOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class MailboxesArguments extends PageArguments {
  @Field(() => MailboxFilter, { nullable: true })
  filter?: MailboxFilter | null

  @Field(() => MailboxOrder, { nullable: true })
  orderBy?: MailboxOrder | null
}

@InputType()
export class CreateMailboxInput {
  @Field(() => ID, { description: 'In which it is to be.' })
  domainId: string

  @Field(() => String, { description: 'What is before the @.' })
  localPart: string

  @Field(() => String, { description: 'Whose it is, for people.' })
  name: string

  @Field(() => String, { nullable: true, description: '8 to 256 characters; of a shared mailbox none.' })
  password?: string | null

  @Field(() => Boolean, { defaultValue: false, description: 'Nobody signs in to it; its members use it.' })
  shared: boolean

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null or absent: what the policy `MAILBOX_QUOTA` says.' })
  quotaBytes?: number | null
}

@InputType()
export class UpdateMailboxInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'A new one; absent: it stays.' })
  password?: string | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null is unlimited; absent leaves it.' })
  quotaBytes?: number | null
}

@ObjectType()
export class MailboxPayload extends Payload {
  @Field(() => Mailbox, { nullable: true })
  mailbox: Mailbox | null
}
