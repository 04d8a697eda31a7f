import type { GraphQLResolveInfo } from 'graphql'
import { Args, Ctx, Extensions, Info, Query, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { search } from './search.js'
import { SearchArguments, SearchGroup } from './search.types.js'

/** Two statements of each kind, and what is found is read by its own query. */
const cost = 200

@Resolver(() => SearchGroup)
export class SearchResolver {
  @Query(() => [SearchGroup], {
    description:
      'Tenants, domains, mailboxes, aliases, groups, administrators, nodes and messages by a part of their names.',
  })
  // Everybody sees some tenant; of each kind one finds what one may read.
  @Allow('read', 'Tenant')
  @Extensions({ cost })
  search(
    @Args(() => SearchArguments) request: SearchArguments,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<SearchGroup[]> {
    return search(context, request, info)
  }
}
