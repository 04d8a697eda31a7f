import { Arg, Args, Ctx, Query, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { invalidInput } from '../platform/errors.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { SafeIntScalar } from '../platform/graphql/scalars.js'
import { listAuditEntries, seesEverything } from './audit-entry.queries.js'
import { AuditEntriesArguments, AuditEntry, AuditEntryConnection, AuditVerification } from './audit-entry.types.js'
import { verifyChain } from './verify-chain.js'

@Resolver(() => AuditEntry)
export class AuditResolver {
  @Query(() => AuditEntryConnection, {
    description: 'Every change, and every look into somebody’s mail log; newest first.',
  })
  @Allow('read', 'AuditEntry')
  auditEntries(
    @Args(() => AuditEntriesArguments) request: AuditEntriesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<AuditEntry>> {
    return listAuditEntries(context, request)
  }

  @Query(() => AuditVerification, {
    nullable: true,
    description: `Recomputes the chain, 100,000 entries a call, and compares it with what mail nodes hold. Null where that is not the
      viewer's.`,
  })
  @Allow('read', 'AuditEntry')
  async auditVerification(
    @Arg('after', () => SafeIntScalar, {
      defaultValue: 0,
      description: 'The last entry that was found in order before.',
    })
    after: number,
    @Ctx() context: AdminContext,
  ): Promise<AuditVerification | null> {
    if (!seesEverything(context)) return null
    if (after < 0) throw invalidInput(['after'], 'A sequence is not negative.')
    return verifyChain(context.database, after)
  }
}
