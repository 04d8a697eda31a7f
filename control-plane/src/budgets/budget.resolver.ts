import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant, visibleTenant } from '../tenants/index.js'
import { updateBudget } from './allot.js'
import { Budget, budgetSubject } from './budget.entity.js'
import { budgetOfTenant } from './budget.loaders.js'
import {
  BudgetNoticeConnection,
  BudgetNoticesArguments,
  BudgetPayload,
  UpdateBudgetInput,
  type BudgetNotice,
} from './budget.types.js'
import { listNotices } from './notices.js'

@Resolver(() => Tenant)
export class BudgetResolver {
  @FieldResolver(() => Budget, { nullable: true, description: 'Null where the viewer may not see it.' })
  async budget(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<Budget | null> {
    return may(context, 'read', budgetSubject(tenant)) ? budgetOfTenant(context).load(tenant.id) : null
  }

  @Query(() => BudgetNoticeConnection)
  @Allow('read', 'Budget')
  budgetNotices(
    @Args(() => BudgetNoticesArguments) request: BudgetNoticesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<BudgetNotice>> {
    return listNotices(context, request)
  }

  @Mutation(() => BudgetPayload, { description: 'For a tenant above alone.' })
  @Allow('update', 'Budget')
  async updateBudget(
    @Arg('input', () => UpdateBudgetInput) input: UpdateBudgetInput,
    @Ctx() context: AdminContext,
  ): Promise<BudgetPayload> {
    const id = await updateBudget(context, input)
    forgetLoaded(context)
    return { tenant: await visibleTenant(context, id), errors: [] }
  }
}
