/**
 * Acting as another administrator, in one's own session and for a while. Both are on the viewer; what may be done is what both may
 * (access/impersonated.ts). It ends by itself, when it is ended, and with the session.
 */
import { Arg, Ctx, Field, FieldResolver, ID, InputType, Int, Mutation, ObjectType, Resolver } from 'type-graphql'
import {
  Allow,
  authorize,
  effectiveRules,
  loadRights,
  requireCovering,
  requireViewer,
  SignedIn,
  type AdminContext,
} from '../access/index.js'
import { Administrator, administratorSubject } from '../administrators/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { EmptyPayload, Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { isId } from '../platform/ids.js'
import { requireText } from '../platform/input.js'
import { ViewerType } from '../sign-in/index.js'
import { beyondReach } from '../platform/database-scope.js'

const maxMinutes = 60
const defaultMinutes = 30

@ObjectType({ description: 'Who really sits there, and until when.' })
export class Impersonation {
  @Field(() => String, { description: 'Of who is really acting.' })
  impersonatorEmail: string

  @Field(() => String, { description: 'What they are called.' })
  impersonatorName: string

  @Field(() => DateTimeScalar, { description: 'When the viewer is themself again, at the latest.' })
  endsAt: Date
}

@InputType()
export class ImpersonateInput {
  @Field(() => ID, { description: 'In whose name to act; they must have no right that the viewer has not.' })
  administratorId: string

  @Field(() => String, { description: 'For the audit.' })
  reason: string

  @Field(() => Int, { nullable: true, description: `1 to ${maxMinutes}; ${defaultMinutes} when absent.` })
  minutes?: number | null
}

@ObjectType()
export class ImpersonatePayload extends Payload {
  @Field(() => DateTimeScalar, { nullable: true, description: 'When the viewer is themself again, at the latest.' })
  endsAt: Date | null
}

@Resolver(() => ViewerType)
export class ImpersonationResolver {
  @FieldResolver(() => Impersonation, { nullable: true, description: 'Null: the viewer is who it says.' })
  async impersonation(@Ctx() context: AdminContext): Promise<Impersonation | null> {
    const impersonator = context.viewer?.impersonator
    if (!impersonator) return null
    const [found] = await context.system.find(Administrator, { where: { id: impersonator.administratorId } })
    return found ? { impersonatorEmail: found.email, impersonatorName: found.name, endsAt: impersonator.endsAt } : null
  }

  @Mutation(() => ImpersonatePayload, { description: 'From then on this session acts as the other administrator.' })
  @Allow('impersonate', 'Administrator')
  async impersonate(
    @Arg('input', () => ImpersonateInput) input: ImpersonateInput,
    @Ctx() context: AdminContext,
  ): Promise<ImpersonatePayload> {
    const { credential, administratorId, impersonator } = requireViewer(context)
    const id = input.administratorId
    return context.database.transaction(async (manager) => {
      const other = isId(id)
        ? await manager.findOne(Administrator, { where: { id }, relations: { tenant: true } })
        : null
      authorize(context, 'impersonate', other && administratorSubject(other), ['administratorId'])
      if (
        credential.kind !== 'session' ||
        impersonator ||
        other!.id === administratorId ||
        other!.status !== 'ACTIVE'
      ) {
        throw new ExpectedError('FORBIDDEN')
      }
      requireCovering(
        context,
        effectiveRules((await beyondReach(manager, () => loadRights(manager, [other!.id]))).get(other!.id)!),
      )
      const reason = requireText(input.reason, ['reason'], 500)
      const minutes = input.minutes ?? defaultMinutes
      if (minutes < 1 || minutes > maxMinutes) {
        throw invalidInput(['minutes'], `From 1 to ${maxMinutes}.`, { min: 1, max: maxMinutes })
      }
      const [[row]] = await manager.query(
        `UPDATE session SET impersonated_id = $2, impersonation_reason = $3,
           impersonation_ends_at = now() + make_interval(mins => $4)
         WHERE id = $1 RETURNING impersonation_ends_at AS ends_at`,
        [credential.id, other!.id, reason, minutes],
      )
      return { endsAt: row.ends_at, errors: [] }
    })
  }

  @Mutation(() => EmptyPayload, { description: 'Makes the viewer themself again, in the session that they had.' })
  @SignedIn({ impersonating: true })
  async endImpersonation(@Ctx() context: AdminContext): Promise<EmptyPayload> {
    const { credential } = requireViewer(context)
    await context.system.query(
      'UPDATE session SET impersonated_id = NULL, impersonation_ends_at = NULL, impersonation_reason = NULL WHERE id = $1',
      [credential.kind === 'session' ? credential.id : null],
    )
    return { errors: [] }
  }
}
