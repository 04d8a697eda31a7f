import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { simulatePolicy } from './simulate.js'
import { PolicySimulationPayload, SimulatePolicyInput } from './simulation.types.js'

@Resolver()
export class SimulationResolver {
  @Mutation(() => PolicySimulationPayload, {
    description:
      'Tries a change of policies on the mail of the last days, of the messages that the caller may see; changes nothing.',
  })
  @Allow('update', 'Policy')
  async simulatePolicy(
    @Arg('input', () => SimulatePolicyInput) input: SimulatePolicyInput,
    @Ctx() context: AdminContext,
  ): Promise<PolicySimulationPayload> {
    return { simulation: await simulatePolicy(context, input), errors: [] }
  }
}
