import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Administrator, visibleAdministrator } from '../administrators/index.js'
import { explainPermission } from './explain.js'
import { ExplainPermissionInput, Explanation, ExplanationConnection, WhoCanArguments } from './explanation.types.js'
import { whoCan } from './who-can.js'

@Resolver(() => Explanation)
export class ExplanationResolver {
  @Query(() => Explanation, {
    nullable: true,
    description:
      'Whether an administrator may do something, by which rule, and what gave it. Null where the caller may not see either.',
  })
  @Allow('read', 'Administrator')
  explainPermission(
    @Arg('input', () => ExplainPermissionInput) input: ExplainPermissionInput,
    @Ctx() context: AdminContext,
  ): Promise<Explanation | null> {
    return explainPermission(context, input)
  }

  @Query(() => ExplanationConnection, {
    nullable: true,
    description: 'The administrators, of those that the caller sees, who may. Forward paging only.',
  })
  @Allow('read', 'Administrator')
  whoCan(@Args(() => WhoCanArguments) request: WhoCanArguments, @Ctx() context: AdminContext) {
    return whoCan(context, request)
  }

  @FieldResolver(() => Administrator, {
    nullable: true,
    description: 'Who was asked about; null where the viewer may not see them.',
  })
  administrator(@Root() explanation: Explanation, @Ctx() context: AdminContext): Promise<Administrator | null> {
    return visibleAdministrator(context, explanation.administratorId)
  }
}
