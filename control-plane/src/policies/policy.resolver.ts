import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { forgetLoaded } from '../platform/loader.js'
import { policiesOf } from './object-policies.js'
import { previewPolicyChange, setPolicies } from './policy.service.js'
import { ObjectPolicies, PoliciesPayload, PolicyPreviewPayload, SetPoliciesInput } from './policy.types.js'

@Resolver(() => ObjectPolicies)
export class PolicyResolver {
  @Mutation(() => PoliciesPayload, { description: 'One change, whatever it reaches: nodes work out what holds.' })
  @Allow('update', 'Policy')
  async setPolicies(
    @Arg('input', () => SetPoliciesInput) input: SetPoliciesInput,
    @Ctx() context: AdminContext,
  ): Promise<PoliciesPayload> {
    const object = await setPolicies(context, input)
    forgetLoaded(context)
    return { policies: await policiesOf(context, object), errors: [] }
  }

  @Mutation(() => PolicyPreviewPayload, {
    description: 'What `setPolicies` with the same input would change; changes nothing.',
  })
  @Allow('update', 'Policy')
  async previewPolicyChange(
    @Arg('input', () => SetPoliciesInput) input: SetPoliciesInput,
    @Ctx() context: AdminContext,
  ): Promise<PolicyPreviewPayload> {
    return { preview: await previewPolicyChange(context, input), errors: [] }
  }
}
