/** The operations of the node API. Each asks the node's ability first; `enrol` and `protocolVersions` are for everybody. */
import { GraphQLSafeInt } from 'graphql-scalars'
import { Arg, Ctx, Int, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql'
import { ExpectedError, invalidInput } from '../../platform/errors.js'
import { enrol } from '../enrolment/enrol.js'
import { storeStatus } from '../link/store-status.js'
import { abortable } from '../../platform/abortable.js'
import { acknowledge, beginAt, findFault } from '../stream/acknowledge.js'
import { configStream } from '../stream/config-stream.js'
import type { ConfigFrame as Frame } from '../stream/frames.js'
import { Unacknowledged } from '../stream/unacknowledged.js'
import type { NodeContext } from './node-context.js'
import { Anyone, NodeMay, requireSession } from './node-permissions.js'
import {
  ConfigFrame,
  ConfigResultInput,
  EnrolInput,
  EnrolPayload,
  MailEventBatchInput,
  MailEventReceipt,
  NodeStatusInput,
} from './node-types.js'

const protocolVersions = [1]
const maxWindow = 64

interface StreamArgs {
  epoch?: string | null
  sinceRevision?: number | null
  window: number
  protocolVersion: number
}

/** One stream a session; the next may begin when it has ended. */
function openStream(context: NodeContext, args: StreamArgs): AsyncGenerator<Frame, void, void> {
  const session = requireSession(context)
  if (!protocolVersions.includes(args.protocolVersion))
    throw invalidInput(['protocolVersion'], `Protocol versions here are ${protocolVersions.join(', ')}.`)
  if (args.window < 1 || args.window > maxWindow) throw invalidInput(['window'], `A window is 1 to ${maxWindow}.`)
  if (session.stream)
    throw new ExpectedError('INVALID_REQUEST', { message: 'This connection has a config stream already.' })
  const { dataSource, follower, openSealed, nodeAnnouncer } = context.services
  const sent = new Unacknowledged(args.window)
  session.stream = sent
  const request = {
    mailNodeId: session.mailNodeId,
    epoch: args.epoch ?? null,
    sinceRevision: args.sinceRevision ?? null,
    settingsOnly: session.identity.suspended,
    onBegin: async (revision: number) => {
      await beginAt(dataSource, session, revision)
      nodeAnnouncer.announce(session.mailNodeId)
    },
  }
  return abortable(
    (signal) => configStream({ dataSource, follower, open: openSealed }, request, sent, signal),
    session.signal,
    () => {
      if (session.stream === sent) session.stream = null
    },
  )
}

@Resolver()
export class NodeLinkResolver {
  @Anyone()
  @Query(() => [Int], { description: 'The versions of this protocol that the control plane speaks.' })
  protocolVersions(): number[] {
    return protocolVersions
  }

  @Anyone()
  @Mutation(() => EnrolPayload, { description: 'HTTP only, without a session.' })
  enrol(@Arg('input', () => EnrolInput) input: EnrolInput, @Ctx() context: NodeContext): Promise<EnrolPayload> {
    return enrol(context.services.dataSource, input)
  }

  @NodeMay('acknowledge', 'ConfigStream')
  @Mutation(() => Boolean, {
    description:
      'False for a nonce that waits for no answer. At most 10,000 results; a key of the frame that no result names is applied.',
  })
  async ackConfig(
    @Arg('nonce', () => String) nonce: string,
    @Arg('results', () => [ConfigResultInput]) results: ConfigResultInput[],
    @Ctx() context: NodeContext,
  ): Promise<boolean> {
    const session = requireSession(context)
    const frame = session.stream?.find(nonce)
    if (!frame) return false
    const fault = findFault(frame, results)
    if (fault !== null) throw invalidInput(['results'], `The results name ${fault}.`)
    const { dataSource, nodeAnnouncer, metrics } = context.services
    const known = await acknowledge(dataSource, session, nonce, results)
    if (known) metrics.acknowledged(frame, results)
    nodeAnnouncer.announce(session.mailNodeId)
    return known
  }

  @NodeMay('report', 'NodeStatus')
  @Mutation(() => Boolean)
  async reportStatus(
    @Arg('status', () => NodeStatusInput) status: NodeStatusInput,
    @Ctx() context: NodeContext,
  ): Promise<boolean> {
    const session = requireSession(context)
    const { dataSource, nodeAnnouncer } = context.services
    if (await storeStatus(dataSource, session, status)) nodeAnnouncer.announce(session.mailNodeId)
    return true
  }

  @NodeMay('ingest', 'MailEvent')
  @Mutation(() => MailEventReceipt, { description: 'At most 1,000 events and 1 MiB.' })
  async ingestEvents(
    @Arg('batch', () => MailEventBatchInput) batch: MailEventBatchInput,
    @Ctx() context: NodeContext,
  ): Promise<MailEventReceipt> {
    const session = requireSession(context)
    return context.services.ingestEvents(session, batch)
  }

  @NodeMay('subscribe', 'ConfigStream')
  @Subscription(() => ConfigFrame, {
    subscribe: ({ context, args }) => openStream(context as NodeContext, args as StreamArgs),
    description:
      'epoch and sinceRevision: of the state that the node has durable and acknowledged; null for a first snapshot. ' +
      'window: Delta and SnapshotEnd frames that may be unacknowledged, 1 to 64; a snapshot flows as fast as the socket ' +
      'takes it. A frame has at most 256 KiB of entries. One stream a connection.',
  })
  configStream(
    @Root() frame: Frame,
    @Arg('epoch', () => String, { nullable: true }) _epoch?: string,
    @Arg('sinceRevision', () => GraphQLSafeInt, { nullable: true }) _sinceRevision?: number,
    @Arg('window', () => Int, { defaultValue: 8 }) _window?: number,
    @Arg('protocolVersion', () => Int, { defaultValue: 1 }) _protocolVersion?: number,
  ): typeof ConfigFrame {
    return frame
  }
}
