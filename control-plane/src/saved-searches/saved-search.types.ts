import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { MailEventFilter } from '../events/index.js'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { SavedSearch } from './saved-search.entity.js'

@ObjectType()
export class SavedSearchEdge extends edgeOf(SavedSearch) {}

@ObjectType()
export class SavedSearchConnection extends connectionOf(SavedSearch, SavedSearchEdge) {}

@ArgsType()
export class SavedSearchesArguments extends PageArguments {}

@InputType()
export class CreateSavedSearchInput {
  @Field(() => String, { description: 'For people; no other search of the same person has it.' })
  name: string

  @Field(() => MailEventFilter, { description: 'As `mailEvents` takes it.' })
  filter: MailEventFilter

  @Field(() => Boolean, { defaultValue: false, description: 'Whether others of the tenant see it too.' })
  isShared: boolean
}

@InputType()
export class UpdateSavedSearchInput extends VersionedInput {
  @Field(() => ID)
  declare id: string

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  name?: string | null

  @Field(() => MailEventFilter, { nullable: true, description: 'As `mailEvents` takes it; absent: it stays.' })
  filter?: MailEventFilter | null

  @Field(() => Boolean, { nullable: true, description: 'Absent: it stays.' })
  isShared?: boolean | null
}

@ObjectType()
export class SavedSearchPayload extends Payload {
  @Field(() => SavedSearch, { nullable: true })
  savedSearch: SavedSearch | null
}
