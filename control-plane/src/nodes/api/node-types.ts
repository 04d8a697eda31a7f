/** The types of schema/node.graphql. */
import { GraphQLSafeInt } from 'graphql-scalars'
import { createUnionType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import type { ConfigFrame as Frame } from '../stream/frames.js'

export enum ConfigResultStatus {
  APPLIED = 'APPLIED',
  REJECTED = 'REJECTED',
}
registerEnumType(ConfigResultStatus, { name: 'ConfigResultStatus' })

@InputType()
export class EnrolInput {
  @Field(() => String)
  joinToken: string

  @Field(() => String, { description: 'Ed25519 public key as JWK text (RFC 8037).' })
  publicKey: string

  @Field(() => String, {
    description: 'Compact JWS over the join token, signed with that key: proof of possession.',
  })
  proof: string

  @Field(() => String)
  agentVersion: string
}

@ObjectType()
export class EnrolPayload {
  @Field(() => ID, { nullable: true, description: 'Null when refused; the code says why.' })
  nodeId: string | null

  @Field(() => String, { nullable: true })
  nodeName: string | null

  @Field(() => String, { nullable: true })
  errorCode: string | null
}

@InputType()
export class ConfigResultInput {
  @Field(() => String, { description: '`Kind/id`.' })
  key: string

  @Field(() => GraphQLSafeInt)
  version: number

  @Field(() => ConfigResultStatus)
  status: ConfigResultStatus

  @Field(() => String, { nullable: true })
  error: string | null
}

@InputType()
export class NodeStatusInput {
  @Field(() => GraphQLSafeInt)
  runningRevision: number

  @Field(() => String)
  agentVersion: string

  @Field(() => String)
  engine: string

  @Field(() => [String])
  capabilities: string[]

  @Field(() => Boolean)
  healthy: boolean

  @Field(() => [String])
  problems: string[]

  @Field(() => Int)
  queuedMessages: number

  @Field(() => Int)
  openConnections: number
}

@InputType({
  description:
    '`events` is JSON text of `MailEvent[]` as @mailfleet/schema defines them; event i has sequence firstSequence + i.',
})
export class MailEventBatchInput {
  @Field(() => String)
  stream: string

  @Field(() => GraphQLSafeInt)
  firstSequence: number

  @Field(() => String)
  events: string
}

@ObjectType()
export class MailEventReceipt {
  @Field(() => GraphQLSafeInt, {
    description:
      'All events of the stream up to this sequence are stored, or were set aside as malformed; send on from the next.',
  })
  highWater: number
}

@ObjectType()
export class ConfigEntry {
  @Field(() => String)
  key: string

  @Field(() => GraphQLSafeInt)
  version: number

  @Field(() => String, {
    nullable: true,
    description: 'JSON text of the resource as @mailfleet/schema defines it; null: removed.',
  })
  resource: string | null
}

@ObjectType({ description: 'All that follows until SnapshotEnd replaces what the node has.' })
export class SnapshotBegin {
  @Field(() => String)
  nonce: string

  @Field(() => String)
  epoch: string

  @Field(() => GraphQLSafeInt)
  revision: number
}

@ObjectType()
export class SnapshotChunk {
  @Field(() => String, { description: 'As in SnapshotBegin; not acknowledged by itself.' })
  nonce: string

  @Field(() => [ConfigEntry])
  entries: ConfigEntry[]
}

@ObjectType({
  description:
    'The node drops what no chunk named, makes all durable, applies, and acknowledges this nonce with a result per refused key.',
})
export class SnapshotEnd {
  @Field(() => String)
  nonce: string

  @Field(() => String)
  epoch: string

  @Field(() => GraphQLSafeInt)
  revision: number
}

@ObjectType({
  description: 'The current state of each key that changed up to `revision`. Acknowledged by its nonce.',
})
export class Delta {
  @Field(() => String)
  nonce: string

  @Field(() => GraphQLSafeInt)
  revision: number

  @Field(() => [ConfigEntry])
  entries: ConfigEntry[]
}

@ObjectType({ description: 'Nothing that concerns the node changed up to `revision`. Not acknowledged.' })
export class Bookmark {
  @Field(() => GraphQLSafeInt)
  revision: number
}

@ObjectType({ description: 'The stream ends; subscribe again with no epoch.' })
export class Resync {
  @Field(() => String)
  reason: string
}

const frameTypes = { SnapshotBegin, SnapshotChunk, SnapshotEnd, Delta, Bookmark, Resync }

export const ConfigFrame = createUnionType({
  name: 'ConfigFrame',
  types: () => [SnapshotBegin, SnapshotChunk, SnapshotEnd, Delta, Bookmark, Resync] as const,
  resolveType: (frame) => frameTypes[(frame as unknown as Frame).type],
})
