import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { SavedSearch } from './saved-search.entity.js'
import { listSavedSearches, visibleSavedSearch } from './saved-search.queries.js'
import { createSavedSearch, deleteSavedSearch, updateSavedSearch } from './saved-search.service.js'
import {
  CreateSavedSearchInput,
  SavedSearchConnection,
  SavedSearchesArguments,
  SavedSearchPayload,
  UpdateSavedSearchInput,
} from './saved-search.types.js'

@Resolver(() => SavedSearch)
export class SavedSearchResolver {
  @Query(() => SavedSearch, { nullable: true })
  @Allow('read', 'SavedSearch')
  savedSearch(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<SavedSearch | null> {
    return visibleSavedSearch(context, id)
  }

  @Query(() => SavedSearchConnection, { description: "One's own, and those that are shared. Newest first." })
  @Allow('read', 'SavedSearch')
  savedSearches(
    @Args(() => SavedSearchesArguments) request: SavedSearchesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<SavedSearch>> {
    return listSavedSearches(context, request)
  }

  @FieldResolver(() => Boolean, { description: 'Whether it is the caller who saved it.' })
  isOwn(@Root() search: SavedSearch, @Ctx() context: AdminContext): boolean {
    return search.administratorId === context.viewer?.administratorId
  }

  @Mutation(() => SavedSearchPayload, { description: 'Keeps a filter of the message log under a name.' })
  @Allow('create', 'SavedSearch')
  async createSavedSearch(
    @Arg('input', () => CreateSavedSearchInput) input: CreateSavedSearchInput,
    @Ctx() context: AdminContext,
  ): Promise<SavedSearchPayload> {
    return payload(context, await createSavedSearch(context, input))
  }

  @Mutation(() => SavedSearchPayload, { description: "Changes a saved search's name, filter or who sees it." })
  @Allow('update', 'SavedSearch')
  async updateSavedSearch(
    @Arg('input', () => UpdateSavedSearchInput) input: UpdateSavedSearchInput,
    @Ctx() context: AdminContext,
  ): Promise<SavedSearchPayload> {
    return payload(context, await updateSavedSearch(context, input))
  }

  @Mutation(() => DeletePayload, { description: 'Forgets a saved search; what it finds stays.' })
  @Allow('delete', 'SavedSearch')
  async deleteSavedSearch(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteSavedSearch(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<SavedSearchPayload> {
  forgetLoaded(context)
  return { savedSearch: await visibleSavedSearch(context, id), errors: [] }
}
