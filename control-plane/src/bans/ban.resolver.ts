import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { Ban } from './ban.entity.js'
import { liftBan, listBans, visibleBan } from './ban.service.js'
import { BanConnection, BansArguments } from './ban.types.js'

@Resolver(() => Ban)
export class BanResolver {
  @Query(() => Ban, { nullable: true })
  @Allow('read', 'Ban')
  ban(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Ban | null> {
    return visibleBan(context, id)
  }

  @Query(() => BanConnection, { description: 'Those that hold, newest first.' })
  @Allow('read', 'Ban')
  bans(@Args(() => BansArguments) request: BansArguments, @Ctx() context: AdminContext): Promise<ConnectionValue<Ban>> {
    return listBans(context, request)
  }

  @Mutation(() => DeletePayload, { description: 'Ends it on all nodes, and forgets what the network failed at.' })
  @Allow('delete', 'Ban')
  async liftBan(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await liftBan(context, id), errors: [] }
  }
}
