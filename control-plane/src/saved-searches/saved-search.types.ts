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
  @Field(() => String)
  name: string

  @Field(() => MailEventFilter)
  filter: MailEventFilter

  @Field(() => Boolean, { defaultValue: false })
  isShared: boolean
}

@InputType()
export class UpdateSavedSearchInput extends VersionedInput {
  @Field(() => ID)
  declare id: string

  @Field(() => String, { nullable: true })
  name?: string | null

  @Field(() => MailEventFilter, { nullable: true })
  filter?: MailEventFilter | null

  @Field(() => Boolean, { nullable: true })
  isShared?: boolean | null
}

@ObjectType()
export class SavedSearchPayload extends Payload {
  @Field(() => SavedSearch, { nullable: true })
  savedSearch: SavedSearch | null
}
