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

  @FieldResolver(() => MailNodeStateEnum, { description: 'Whether its agent is connected.' })
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

  @FieldResolver(() => MailNodeSyncEnum, { description: 'Whether it runs what it is meant to.' })
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

  @FieldResolver(() => DateTimeScalar, { nullable: true, description: 'When its agent was last heard; null: never.' })
  async lastSeenAt(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<Date | null> {
    return (await linkOf(context).load(node.id)).lastSeenAt
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The mail server that it runs, with its version, as the agent says.',
  })
  async engine(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<string | null> {
    return (await linkOf(context).load(node.id)).engine
  }

  @FieldResolver(() => String, { nullable: true, description: 'As the agent says; null: it was never connected.' })
  async agentVersion(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<string | null> {
    return (await linkOf(context).load(node.id)).agentVersion
  }

  @FieldResolver(() => Boolean, {
    nullable: true,
    description: 'Whether the agent says that all is well; null: it was never connected.',
  })
  async healthy(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<boolean | null> {
    return (await linkOf(context).load(node.id)).healthy
  }

  @FieldResolver(() => [String], { description: 'What the agent says is wrong; English.' })
  async problems(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<string[]> {
    return (await linkOf(context).load(node.id)).problems
  }

  @FieldResolver(() => Int, { description: 'How many wait there to be sent on, as it last said.' })
  async queuedMessages(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return (await linkOf(context).load(node.id)).queuedMessages
  }

  @FieldResolver(() => Int, { description: 'Domains whose mail is there.' })
  domainCount(@Root() node: MailNode, @Ctx() context: AdminContext): Promise<number> {
    return domainCountOf(context).load(node.id)
  }

  @Mutation(() => MailNodePayload, { description: 'Makes a node, for whose agent `createJoinToken` gives a token.' })
  @Allow('create', 'MailNode')
  async createMailNode(
    @Arg('input', () => CreateMailNodeInput) input: CreateMailNodeInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await createMailNode(context, input))
  }

  @Mutation(() => MailNodePayload, { description: "Changes a node's settings, which its agent is told at once." })
  @Allow('update', 'MailNode')
  async updateMailNode(
    @Arg('input', () => UpdateMailNodeInput) input: UpdateMailNodeInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await updateMailNode(context, input))
  }

  @Mutation(() => MailNodePayload, {
    description: 'Cuts the link of the node and gives it no new domains; its mail server goes on with what it knows.',
  })
  @Allow('suspend', 'MailNode')
  async suspendMailNode(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await setMailNodeStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => MailNodePayload, { description: 'Lets the node link up again, and have new domains.' })
  @Allow('suspend', 'MailNode')
  async resumeMailNode(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<MailNodePayload> {
    return payload(context, await setMailNodeStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, { description: 'Forgets a node; `NOT_EMPTY` while domains are on it.' })
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
    @Arg('mailNodeId', () => ID, { description: "Which node's agent is to come with it." }) mailNodeId: string,
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
