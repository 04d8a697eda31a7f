import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root, Subscription } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant, visibleTenant } from '../tenants/index.js'
import { Job } from './job.entity.js'
import { jobProgress } from './job.feed.js'
import { listJobRows, listJobs, visibleJob } from './job.queries.js'
import {
  CancelJobInput,
  JobConnection,
  JobPayload,
  JobRowConnection,
  JobRowsArguments,
  JobsArguments,
  RunJobInput,
  type JobRow,
} from './job.types.js'
import { cancelJob, runJob } from './new-job.js'

@Resolver(() => Job)
export class JobResolver {
  @Query(() => Job, { nullable: true })
  @Allow('read', 'Job')
  job(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Job | null> {
    return visibleJob(context, id)
  }

  @Query(() => JobConnection, { description: 'Newest first.' })
  @Allow('read', 'Job')
  jobs(@Args(() => JobsArguments) request: JobsArguments, @Ctx() context: AdminContext): Promise<ConnectionValue<Job>> {
    return listJobs(context, request)
  }

  @FieldResolver(() => Tenant, {
    nullable: true,
    description: 'Which it is about, with all below; null where the viewer may not see it.',
  })
  tenant(@Root() job: Job, @Ctx() context: AdminContext): Promise<Tenant | null> {
    return visibleTenant(context, job.tenantId)
  }

  @FieldResolver(() => JobRowConnection, {
    description: 'What is to be done, and what came of it, in the order in which it is done.',
  })
  rows(
    @Root() job: Job,
    @Args(() => JobRowsArguments) request: JobRowsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<JobRow>> {
    return listJobRows(context, job, request)
  }

  @Mutation(() => JobPayload, {
    description: 'Runs what was tried (`dryRun`), or goes on with what had failed, with the rights of whoever says so.',
  })
  @Allow('update', 'Job')
  async runJob(@Arg('input', () => RunJobInput) input: RunJobInput, @Ctx() context: AdminContext) {
    return jobPayload(context, await runJob(context, input.id))
  }

  @Mutation(() => JobPayload, { description: 'What was done until then stays done.' })
  @Allow('update', 'Job')
  async cancelJob(@Arg('input', () => CancelJobInput) input: CancelJobInput, @Ctx() context: AdminContext) {
    return jobPayload(context, await cancelJob(context, input.id))
  }

  @Subscription(() => Job, {
    subscribe: ({ context, args }) => jobProgress(context as AdminContext, (args as { id: string }).id),
    description: 'The job as it is now and whenever it has gone on, a few times a second; ends with it.',
  })
  @Allow('read', 'Job')
  jobProgress(@Root() job: Job, @Arg('id', () => ID) _id: string): Job {
    return job
  }
}

export async function jobPayload(context: AdminContext, id: string): Promise<JobPayload> {
  forgetLoaded(context)
  return { job: await visibleJob(context, id), errors: [] }
}
