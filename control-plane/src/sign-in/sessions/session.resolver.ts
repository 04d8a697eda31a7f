import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, requireViewer, SignedIn, type AdminContext } from '../../access/index.js'
import type { ConnectionValue } from '../../platform/graphql/connection-types.js'
import { DeletePayload, EmptyPayload } from '../../platform/graphql/mutation-error.js'
import { Session } from './session.entity.js'
import { endOtherSessions, endSession, listSessions } from './session.service.js'
import { SessionConnection, SessionsArguments } from './session.types.js'

@Resolver(() => Session)
export class SessionResolver {
  @Query(() => SessionConnection, { description: 'Newest first.' })
  @Allow('read', 'Session')
  sessions(
    @Args(() => SessionsArguments) request: SessionsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Session>> {
    return listSessions(context, request)
  }

  @FieldResolver(() => Boolean, { description: 'The one in which this was asked.' })
  isCurrent(@Root() session: Session, @Ctx() context: AdminContext): boolean {
    return session.id === requireViewer(context).credential.id
  }

  @Mutation(() => DeletePayload, {
    description: 'Signs that browser out; its subscriptions close within five seconds.',
  })
  @Allow('delete', 'Session')
  async endSession(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await endSession(context, id), errors: [] }
  }

  @Mutation(() => EmptyPayload, { description: 'Signs all your other browsers out.' })
  @SignedIn()
  async endOtherSessions(@Ctx() context: AdminContext): Promise<EmptyPayload> {
    await endOtherSessions(context)
    return { errors: [] }
  }
}
