import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql'
import { Allow, type AdminContext } from '../../access/index.js'
import type { ConnectionValue } from '../../platform/graphql/connection-types.js'
import { DeletePayload } from '../../platform/graphql/mutation-error.js'
import { DateTimeScalar, SafeIntScalar } from '../../platform/graphql/scalars.js'
import { VersionedInput } from '../../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../../platform/loader.js'
import { mailNodeChanges } from './mail-node.changes.js'
import { MailNode } from './mail-node.entity.js'
import { desiredRevisionOf, domainCountOf, heldCountOf, linkOf, rejectionsOf, syncOf } from './mail-node.loaders.js'
import { listMailNodes, visibleMailNode } from './mail-node.queries.js'
import {
  createJoinToken,
  createMailNode,
  deleteMailNode,
  setMailNodeStatus,
  updateMailNode,
} from './mail-node.service.js'
import {
  ConfigRejection,
  CreateMailNodeInput,
  JoinTokenPayload,
  MailNodeConnection,
  MailNodePayload,
  MailNodesArguments,
  MailNodeStateEnum,
  MailNodeSyncEnum,
  UpdateMailNodeInput,
  type MailNodeState,
  type MailNodeSync,
} from './mail-node.types.js'

@Resolver(() => MailNode)
export class MailNodeResolver {
  @Query(() => MailNode, { nullable: true })
  @Allow('read', 'MailNode')
  mailNode(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<MailNode | null> {
    return visibleMailNode(context, id)
  }

  @Query(() => MailNodeConnection)
  @Allow('read', 'MailNode')
  mailNodes(
    @Args(() => MailNodesArguments) request: MailNodesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<MailNode>> {
    return listMailNodes(context, request)
  }

  @FieldResolver(() => MailNodeStateEnum)
  async state(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<MailNodeState> {
    return (await linkOf(context).load(node.id)).state
  }

  @FieldResolver(() => SafeIntScalar, { description: 'The newest revision that concerns this node.' })
  desiredRevision(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return desiredRevisionOf(context).load(node.id)
  }

  @FieldResolver(() => SafeIntScalar, {
    description: 'The newest revision up to which the node has acknowledged all.',
  })
  async acknowledgedRevision(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return (await linkOf(context).load(node.id)).acknowledgedRevision
  }

  @FieldResolver(() => SafeIntScalar, { description: 'The revision that the node says it runs.' })
  async runningRevision(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return (await linkOf(context).load(node.id)).runningRevision
  }

  @FieldResolver(() => MailNodeSyncEnum)
  sync(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<MailNodeSync> {
    return syncOf(context, node.id)
  }

  @FieldResolver(() => Int, { description: 'Resources of which rollouts keep a newer state back from it.' })
  heldResources(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return heldCountOf(context).load(node.id)
  }

  @FieldResolver(() => [ConfigRejection], {
    description: 'Resources that the node refused, and goes on without; the oldest 200.',
  })
  rejections(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<ConfigRejection[]> {
    return rejectionsOf(context).load(node.id)
  }

  @FieldResolver(() => DateTimeScalar, { nullable: true })
  async lastSeenAt(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<Date | null> {
    return (await linkOf(context).load(node.id)).lastSeenAt
  }

  @FieldResolver(() => String, { nullable: true })
  async engine(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<string | null> {
    return (await linkOf(context).load(node.id)).engine
  }

  @FieldResolver(() => String, { nullable: true })
  async agentVersion(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<string | null> {
    return (await linkOf(context).load(node.id)).agentVersion
  }

  @FieldResolver(() => Boolean, { nullable: true })
  async healthy(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<boolean | null> {
    return (await linkOf(context).load(node.id)).healthy
  }

  @FieldResolver(() => [String])
  async problems(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<string[]> {
    return (await linkOf(context).load(node.id)).problems
  }

  @FieldResolver(() => Int)
  async queuedMessages(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return (await linkOf(context).load(node.id)).queuedMessages
  }

  @FieldResolver(() => Int)
  domainCount(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return domainCountOf(context).load(node.id)
  }

  @Mutation(() => MailNodePayload)
  @Allow('create', 'MailNode')
  async createMailNode(
    @Arg('input', () => CreateMailNodeInput) input: CreateMailNodeInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await createMailNode(context, input))
  }

  @Mutation(() => MailNodePayload)
  @Allow('update', 'MailNode')
  async updateMailNode(
    @Arg('input', () => UpdateMailNodeInput) input: UpdateMailNodeInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await updateMailNode(context, input))
  }

  @Mutation(() => MailNodePayload)
  @Allow('suspend', 'MailNode')
  async suspendMailNode(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await setMailNodeStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => MailNodePayload)
  @Allow('suspend', 'MailNode')
  async resumeMailNode(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await setMailNodeStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload)
  @Allow('delete', 'MailNode')
  async deleteMailNode(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteMailNode(context, input), errors: [] }
  }

  @Mutation(() => JoinTokenPayload, {
    description:
      "Valid for 24 hours and one enrolment; replaces the one before. Enrolling again replaces the node's key.",
  })
  @Allow('update', 'MailNode')
  async createJoinToken(
    @Arg('mailNodeId', () => ID) mailNodeId: string,
    @Ctx() context: AdminContext,
  ): Promise<JoinTokenPayload> {
    return { ...(await createJoinToken(context, mailNodeId)), errors: [] }
  }

  @Subscription(() => MailNode, {
    subscribe: ({ context }) => mailNodeChanges(context as AdminContext),
    description: 'State, health and revisions of the nodes that the viewer may see, as they change.',
  })
  @Allow('read', 'MailNode')
  mailNodeChanged(@Root() node: MailNode): MailNode {
    return node
  }
}

async function payload(context: AdminContext, id: string): Promise<MailNodePayload> {
  forgetLoaded(context)
  return { mailNode: await visibleMailNode(context, id), errors: [] }
}
