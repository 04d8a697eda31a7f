import { Ctx, FieldResolver, Resolver } from 'type-graphql'
import { requireViewer, type AdminContext } from '../../access/index.js'
import { ViewerType } from '../sign-in.types.js'
import { factorsOf } from './factors.js'
import { TwoFactor } from './two-factor.types.js'

@Resolver(() => ViewerType)
export class ViewerTwoFactorResolver {
  /** Of whoever really sits there: those of somebody as whom one acts are no affair of one's own. */
  @FieldResolver(() => TwoFactor, { nullable: true, description: 'Null while you act as somebody else.' })
  async twoFactor(@Ctx() context: AdminContext): Promise<TwoFactor | null> {
    const { administratorId, impersonator, scoped } = requireViewer(context)
    return impersonator || scoped ? null : factorsOf(context.database.dataSource.manager, administratorId)
  }
}
