/** Inputs of bulk mutations: of each kind of object alike, `rows` of new ones, or `ids` or a `filter` and what shall change. */
import { Field, ID, InputType } from 'type-graphql'
import { AliasFilter } from '../aliases/index.js'
import { DomainFilter } from '../domains/index.js'
import { MailboxFilter } from '../mailboxes/index.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { SafeIntScalar } from '../platform/graphql/scalars.js'

@InputType()
abstract class BulkInput {
  @Field(() => ID, { description: 'Whose work it is: it reaches this tenant and those below, and no further.' })
  tenantId: string

  @Field(() => Boolean, { defaultValue: false, description: 'Try everything, change nothing: a preview.' })
  dryRun: boolean
}

@InputType()
abstract class BulkSelection extends BulkInput {
  @Field(() => [ID], { nullable: true, description: 'At most 1,000.' })
  ids?: string[] | null
}

@InputType()
abstract class BulkMailboxes extends BulkSelection {
  @Field(() => MailboxFilter, { nullable: true, description: 'In place of `ids`: all that it selects at this moment.' })
  filter?: MailboxFilter | null
}

@InputType()
abstract class BulkDomains extends BulkSelection {
  @Field(() => DomainFilter, { nullable: true, description: 'In place of `ids`: all that it selects at this moment.' })
  filter?: DomainFilter | null
}

@InputType()
abstract class BulkAliases extends BulkSelection {
  @Field(() => AliasFilter, { nullable: true, description: 'In place of `ids`: all that it selects at this moment.' })
  filter?: AliasFilter | null
}

@InputType({ description: 'A mailbox to be made.' })
export class NewMailboxRow {
  @Field(() => String, { description: "The whole address, in a domain of the job's tenant or of those below." })
  address: string

  @Field(() => String, { nullable: true, description: 'Absent: the local part.' })
  name?: string | null

  @Field(() => String, { nullable: true, description: 'Or `passwordHash`. It is sealed until the row is done.' })
  password?: string | null

  @Field(() => String, { nullable: true, description: 'argon2id, as a PHC string.' })
  passwordHash?: string | null

  @Field(() => SafeIntScalar, { nullable: true, description: 'Null or absent: what the policy `MAILBOX_QUOTA` says.' })
  quotaBytes?: number | null
}

@InputType({ description: "A domain to be made in the job's tenant." })
export class NewDomainRow {
  @Field(() => String, { description: 'U-labels or A-labels.' })
  name: string

  @Field(() => String, {
    nullable: true,
    description: 'Where mail to addresses goes that there are not; absent: it is refused.',
  })
  catchAll?: string | null
}

@InputType({ description: 'An alias to be made.' })
export class NewAliasRow {
  @Field(() => String, { description: "The whole address, in a domain of the job's tenant or of those below." })
  address: string

  @Field(() => [String], { description: 'Addresses to which its mail goes.' })
  targets: string[]
}

@InputType()
export class BulkCreateMailboxesInput extends BulkInput {
  @Field(() => [NewMailboxRow], { description: 'At most 1,000; more by `startImport`.' })
  rows: NewMailboxRow[]
}

@InputType()
export class BulkCreateDomainsInput extends BulkInput {
  @Field(() => [NewDomainRow], { description: 'At most 1,000; more by `startImport`.' })
  rows: NewDomainRow[]
}

@InputType()
export class BulkCreateAliasesInput extends BulkInput {
  @Field(() => [NewAliasRow], { description: 'At most 1,000; more by `startImport`.' })
  rows: NewAliasRow[]
}

@InputType()
export class BulkUpdateMailboxesInput extends BulkMailboxes {
  @Field(() => SafeIntScalar, { nullable: true, description: 'Null is unlimited; absent leaves it.' })
  quotaBytes?: number | null

  @Field(() => StatusEnum, { nullable: true, description: 'Suspends or resumes them; absent: they stay as they are.' })
  status?: Status | null
}

@InputType()
export class BulkUpdateDomainsInput extends BulkDomains {
  @Field(() => String, { nullable: true, description: 'Null removes the catch-all; absent leaves it.' })
  catchAll?: string | null

  @Field(() => StatusEnum, { nullable: true, description: 'Suspends or resumes them; absent: they stay as they are.' })
  status?: Status | null
}

@InputType()
export class BulkUpdateAliasesInput extends BulkAliases {
  @Field(() => [String], { nullable: true, description: 'All of them, the same for each; absent: they stay.' })
  targets?: string[] | null

  @Field(() => StatusEnum, { nullable: true, description: 'Suspends or resumes them; absent: they stay as they are.' })
  status?: Status | null
}

@InputType()
export class BulkDeleteMailboxesInput extends BulkMailboxes {}

@InputType()
export class BulkDeleteDomainsInput extends BulkDomains {}

@InputType()
export class BulkDeleteAliasesInput extends BulkAliases {}
