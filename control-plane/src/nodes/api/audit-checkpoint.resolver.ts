/**
 * Checkpoints of the audit trail, which nodes ask for, keep, and show again. What a node says that it holds is written down and
 * never changed: the verification of the trail (audit/verify-chain.ts) compares the two.
 */
import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, Resolver } from 'type-graphql'
import { invalidInput } from '../../platform/errors.js'
import { SafeIntScalar } from '../../platform/graphql/scalars.js'
import { isId } from '../../platform/ids.js'
import type { NodeContext } from './node-context.js'
import { NodeMay, requireSession } from './node-permissions.js'

const maxCheckpoints = 500

@ObjectType({ description: 'The head of the audit trail at some moment.' })
class AuditCheckpoint {
  @Field(() => ID)
  chainId: string

  @Field(() => SafeIntScalar)
  sequence: number

  @Field(() => String, { description: 'SHA-256 in hexadecimal.' })
  hash: string
}

@InputType()
class AuditCheckpointInput implements AuditCheckpoint {
  @Field(() => ID)
  chainId: string

  @Field(() => SafeIntScalar)
  sequence: number

  @Field(() => String)
  hash: string
}

@Resolver()
export class AuditCheckpointResolver {
  @NodeMay('hold', 'AuditCheckpoint')
  @Query(() => AuditCheckpoint, { nullable: true, description: 'Null while the trail is empty.' })
  async auditCheckpoint(@Ctx() { services }: NodeContext): Promise<AuditCheckpoint | null> {
    const [head] = await services.dataSource.query(
      `SELECT chain_id AS "chainId", sequence::float8 AS sequence, encode(hash, 'hex') AS hash FROM audit_head`,
    )
    return head && head.sequence > 0 ? head : null
  }

  @NodeMay('hold', 'AuditCheckpoint')
  @Mutation(() => Boolean, { description: 'What the node holds; at most 500 at once, and again is no harm.' })
  async reportAuditCheckpoints(
    @Arg('checkpoints', () => [AuditCheckpointInput]) checkpoints: AuditCheckpointInput[],
    @Ctx() context: NodeContext,
  ): Promise<boolean> {
    const { mailNodeId } = requireSession(context)
    const valid = ({ chainId, sequence, hash }: AuditCheckpointInput): boolean =>
      isId(chainId) && sequence > 0 && /^[0-9a-f]{64}$/.test(hash)
    if (checkpoints.length > maxCheckpoints || !checkpoints.every(valid)) {
      throw invalidInput(['checkpoints'], `At most ${maxCheckpoints} checkpoints, as they were given.`)
    }
    await context.services.dataSource.query(
      `INSERT INTO audit_checkpoint_report (mail_node_id, chain_id, sequence, hash)
       SELECT $1, chain_id, sequence, decode(hash, 'hex')
       FROM unnest($2::uuid[], $3::bigint[], $4::text[]) AS held (chain_id, sequence, hash) ON CONFLICT DO NOTHING`,
      [
        mailNodeId,
        checkpoints.map((checkpoint) => checkpoint.chainId),
        checkpoints.map((checkpoint) => checkpoint.sequence),
        checkpoints.map((checkpoint) => checkpoint.hash),
      ],
    )
    return true
  }
}
