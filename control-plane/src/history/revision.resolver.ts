import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { SafeIntScalar } from '../platform/graphql/scalars.js'
import { forgetLoaded } from '../platform/loader.js'
import { configAt } from './config-at.js'
import { revertRevision, revertTo, type Reverted } from './revert.service.js'
import {
  changeCountOf,
  changesOfRevision,
  listRevisions,
  nodesOfRevision,
  visibleRevision,
} from './revision.queries.js'
import {
  ConfigAtArguments,
  ConfigStateConnection,
  RevertPayload,
  RevertRevisionInput,
  RevertToInput,
  Revision,
  RevisionChange,
  RevisionConnection,
  RevisionsArguments,
  type ConfigState,
} from './revision.types.js'

@Resolver(() => Revision)
export class RevisionResolver {
  @Query(() => RevisionConnection, { description: 'What changed the configuration; newest first.' })
  @Allow('read', 'AuditEntry')
  revisions(
    @Args(() => RevisionsArguments) request: RevisionsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Revision>> {
    return listRevisions(context, request)
  }

  @Query(() => Revision, { nullable: true, description: 'By its id, or by a number: the first that has it.' })
  @Allow('read', 'AuditEntry')
  revision(
    @Arg('id', () => ID, { nullable: true }) id: string | null,
    @Arg('number', () => SafeIntScalar, { nullable: true, description: 'As `revisions` has it.' })
    number: number | null,
    @Ctx() context: AdminContext,
  ): Promise<Revision | null> {
    return visibleRevision(context, { id, number })
  }

  @Query(() => ConfigStateConnection, {
    description:
      'The configuration as of a revision, by id: an object, or all of a type that a node served or a domain had.',
  })
  @Allow('read', 'AuditEntry')
  configAt(
    @Args(() => ConfigAtArguments) request: ConfigAtArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<ConfigState>> {
    return configAt(context, request)
  }

  @FieldResolver(() => [RevisionChange], { description: 'The first 100; the audit trail has them all.' })
  changes(@Root() revision: Revision, @Ctx() context: AdminContext): Promise<RevisionChange[]> {
    return changesOfRevision(context).load(revision.id)
  }

  @FieldResolver(() => Int, { description: 'How many changes of objects it is made of.' })
  changeCount(@Root() revision: Revision, @Ctx() context: AdminContext): Promise<number> {
    return changeCountOf(context).load(revision.id)
  }

  @FieldResolver(() => [ID], { description: 'Nodes that were told of it; empty to whoever may not see nodes.' })
  mailNodeIds(@Root() revision: Revision, @Ctx() context: AdminContext): Promise<string[]> {
    return nodesOfRevision(context).load(revision.id)
  }

  @Mutation(() => RevertPayload, {
    description: 'Takes back what a revision changed, by a new one, with the rights that each of the changes needs.',
  })
  @Allow('read', 'AuditEntry')
  async revertRevision(
    @Arg('input', () => RevertRevisionInput) input: RevertRevisionInput,
    @Ctx() context: AdminContext,
  ): Promise<RevertPayload> {
    return payloadOf(context, await revertRevision(context, input))
  }

  @Mutation(() => RevertPayload, { description: 'Brings objects to the state of a revision, by a new one.' })
  @Allow('read', 'AuditEntry')
  async revertTo(
    @Arg('input', () => RevertToInput) input: RevertToInput,
    @Ctx() context: AdminContext,
  ): Promise<RevertPayload> {
    return payloadOf(context, await revertTo(context, input))
  }
}

function payloadOf(context: AdminContext, { conflicts, reverted }: Reverted): RevertPayload {
  forgetLoaded(context)
  if (conflicts.length === 0) return { conflicts, reverted, errors: [] }
  const { code, message, params } = new ExpectedError('REVERT_CONFLICT', { params: { count: conflicts.length } })
  return { conflicts, reverted, errors: [{ code, message, params, path: null }] }
}
