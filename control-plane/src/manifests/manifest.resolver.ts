import { Arg, Ctx, Field, ID, InputType, Mutation, ObjectType, Query, registerEnumType, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { JobPayload, jobPayload } from '../jobs/index.js'
import { applyManifest, exportManifest, planManifest, type ManifestFormat } from './plan.service.js'

const ManifestFormatEnum = { YAML: 'YAML', JSON: 'JSON' } as const
registerEnumType(ManifestFormatEnum, {
  name: 'ManifestFormat',
  description: 'How manifests are written.',
  valuesConfig: { YAML: { description: 'YAML 1.2, core schema.' }, JSON: { description: 'JSON, which is YAML too.' } },
})

@InputType()
export class PlanManifestInput {
  @Field(() => ID, { description: 'Whose state it describes; not that of tenants below.' })
  tenantId: string

  @Field(() => String, { description: 'YAML or JSON; docs/jobs.md says what can be in it.' })
  content: string

  @Field(() => Boolean, { defaultValue: false, description: 'Take away what the manifest does not mention.' })
  prune: boolean
}

@InputType()
export class ApplyManifestInput {
  @Field(() => ID, { description: 'The job that `planManifest` has made.' })
  planId: string
}

@ObjectType({ description: 'What a tenant has, as text that plans to nothing.' })
export class Manifest {
  @Field(() => ID, { description: 'Whose state it is.' })
  tenantId: string

  @Field(() => ManifestFormatEnum, { description: 'How it is written down.' })
  format: ManifestFormat

  @Field(() => String, { description: 'Without passwords.' })
  content: string
}

@Resolver()
export class ManifestResolver {
  @Query(() => Manifest, {
    nullable: true,
    description: 'What a tenant has, as a manifest; null where the viewer may not see the tenant.',
  })
  @Allow('read', 'Domain')
  async manifest(
    @Arg('id', () => ID, { description: 'Of a tenant.' }) id: string,
    @Arg('format', () => ManifestFormatEnum, {
      defaultValue: ManifestFormatEnum.YAML,
      description: 'How it is to be written.',
    })
    format: ManifestFormat,
    @Ctx() context: AdminContext,
  ): Promise<Manifest | null> {
    const content = await exportManifest(context, id, format)
    return content === null ? null : { tenantId: id, format, content }
  }

  @Mutation(() => JobPayload, {
    description: 'A job in the state PLANNED: its rows are what would be done, field by field. Nothing is changed yet.',
  })
  @Allow('create', 'Job')
  async planManifest(@Arg('input', () => PlanManifestInput) input: PlanManifestInput, @Ctx() context: AdminContext) {
    return jobPayload(context, await planManifest(context, input))
  }

  @Mutation(() => JobPayload, { description: 'Runs a plan; refused where anything has changed since it was made.' })
  @Allow('update', 'Job')
  async applyManifest(@Arg('input', () => ApplyManifestInput) input: ApplyManifestInput, @Ctx() context: AdminContext) {
    return jobPayload(context, await applyManifest(context, input.planId))
  }
}
