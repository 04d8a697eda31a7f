import { ArgsType, Field, Int, ObjectType, registerEnumType } from 'type-graphql'
import { MailEvent } from '../events/index.js'
import { NodeInterface } from '../platform/graphql/node-interface.js'

export const SearchKindEnum = {
  TENANT: 'TENANT',
  DOMAIN: 'DOMAIN',
  MAILBOX: 'MAILBOX',
  ALIAS: 'ALIAS',
  GROUP: 'GROUP',
  ADMINISTRATOR: 'ADMINISTRATOR',
  MAIL_NODE: 'MAIL_NODE',
  MESSAGE: 'MESSAGE',
} as const
export type SearchKind = keyof typeof SearchKindEnum
registerEnumType(SearchKindEnum, {
  name: 'SearchKind',
  valuesConfig: {
    MESSAGE: { description: 'By its whole Message-ID, with or without angle brackets.' },
    TENANT: { description: 'Tenants, by name.' },
    DOMAIN: { description: 'Domains, by name.' },
    MAILBOX: { description: 'Mailboxes, by address and name.' },
    ALIAS: { description: 'Aliases, by address.' },
    GROUP: { description: 'Groups, by address and name.' },
    ADMINISTRATOR: { description: 'Administrators, by e-mail address and name.' },
    MAIL_NODE: { description: 'Mail nodes, by name and host name.' },
  },
  description: 'Kinds of objects that are searched.',
})

@ObjectType({ description: 'One object that was found.' })
export class SearchHit {
  @Field(() => String, { description: 'Its name or address.' })
  label: string

  @Field(() => NodeInterface, { nullable: true, description: 'Null of messages.' })
  node: NodeInterface | null

  @Field(() => MailEvent, { nullable: true, description: 'Of a message: an event of it, the newest first.' })
  event: MailEvent | null
}

@ObjectType({ description: 'What was found of one kind; what begins with the text comes first.' })
export class SearchGroup {
  @Field(() => SearchKindEnum, { description: 'What these are.' })
  kind: SearchKind

  @Field(() => Int, { description: 'How many there are, up to 1,000: more are not counted, nor looked at.' })
  count: number

  @Field(() => [SearchHit], { description: 'The best first; of equals in an order that stays the same.' })
  hits: SearchHit[]

  @Field(() => Boolean, { description: 'Whether there are more behind `endCursor`.' })
  hasNextPage: boolean

  @Field(() => String, { nullable: true, description: 'Goes into `after`, together with this one kind.' })
  endCursor: string | null
}

@ArgsType()
export class SearchArguments {
  @Field(() => String, {
    description: 'Part of a name or address, at least three letters or digits; marks may be left out.',
  })
  text: string

  @Field(() => [SearchKindEnum], { nullable: true, description: 'Null: all.' })
  kinds?: SearchKind[] | null

  @Field(() => Int, { defaultValue: 5, description: 'Of each kind; at most 50.' })
  first: number

  @Field(() => String, {
    nullable: true,
    description: 'The `endCursor` of a group, with its kind alone in `kinds`: what comes behind it.',
  })
  after?: string | null
}
