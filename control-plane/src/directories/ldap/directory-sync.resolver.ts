import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../../access/index.js'
import type { Outbound } from '../../platform/http/outbound.js'
import { previewDirectorySync, runDirectorySync } from './directory-sync.js'
import { DirectorySyncPayload, PreviewDirectorySyncInput, RunDirectorySyncInput } from './directory-sync.types.js'

@Resolver()
export class DirectorySyncResolver {
  constructor(private readonly outbound: Outbound) {}

  @Mutation(() => DirectorySyncPayload, { description: 'What `runDirectorySync` would do; changes nothing.' })
  @Allow('update', 'IdentitySource')
  async previewDirectorySync(
    @Arg('input', () => PreviewDirectorySyncInput) input: PreviewDirectorySyncInput,
    @Ctx() context: AdminContext,
  ): Promise<DirectorySyncPayload> {
    return { sync: await previewDirectorySync(context, this.outbound, input), errors: [] }
  }

  @Mutation(() => DirectorySyncPayload, {
    description: 'Syncs a directory now: at most 1,000 changes, and no more suspensions than are allowed.',
  })
  @Allow('update', 'IdentitySource')
  async runDirectorySync(
    @Arg('input', () => RunDirectorySyncInput) input: RunDirectorySyncInput,
    @Ctx() context: AdminContext,
  ): Promise<DirectorySyncPayload> {
    return { sync: await runDirectorySync(context, this.outbound, input), errors: [] }
  }
}
