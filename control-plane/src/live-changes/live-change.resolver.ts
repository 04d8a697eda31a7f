import { Args, Resolver, Root, Subscription } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { liveChanges } from './live-change.feed.js'
import { LiveChange, LiveChangesArguments } from './live-change.types.js'

@Resolver(() => LiveChange)
export class LiveChangeResolver {
  @Subscription(() => LiveChange, {
    subscribe: ({ context, args, info }) => liveChanges(context as AdminContext, args as LiveChangesArguments, info),
    description: 'What becomes of the objects that the viewer may see, in order. Begins with BEGAN.',
  })
  // Everybody sees some tenant; what else is told is a matter of each change.
  @Allow('read', 'Tenant')
  changes(@Root() change: LiveChange, @Args(() => LiveChangesArguments) _request: LiveChangesArguments): LiveChange {
    return change
  }
}
