import { Arg, Ctx, Field, ID, InputType, Mutation, registerEnumType, Resolver } from 'type-graphql'
import { Allow, requireViewer, type AdminContext } from '../access/index.js'
import { createJob, JobPayload, jobPayload, requireJobTenant } from '../jobs/index.js'
import { notFound } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { importFields, mappingOf, type ImportKind } from './columns.js'

const ImportKindEnum = Object.fromEntries(Object.keys(importFields).map((kind) => [kind, kind])) as {
  [K in ImportKind]: K
}
registerEnumType(ImportKindEnum, {
  name: 'ImportKind',
  description: 'What files can hold; which fields a row has is in docs/jobs.md.',
  valuesConfig: {
    MAILBOXES: { description: 'Mailboxes: `address`, `name`, `password` or `passwordHash`, `quotaBytes`.' },
    DOMAINS: { description: 'Domains: `name`, `catchAll`.' },
    ALIASES: { description: 'Aliases: `address`, `targets`.' },
  },
})

@InputType({ description: 'Which column of a file is which field.' })
class ImportColumn {
  @Field(() => String, {
    description:
      'MAILBOXES: address, name, password, passwordHash, quotaBytes. DOMAINS: name, catchAll. ALIASES: address, targets.',
  })
  field: string

  @Field(() => String, { description: 'By its name in the first line, or the key in each line of JSON.' })
  column: string
}

@InputType()
export class StartImportInput {
  @Field(() => ID, { description: 'Whose work it is: it reaches this tenant and those below, and no further.' })
  tenantId: string

  @Field(() => ID, { description: 'As `POST /imports` answered.' })
  uploadId: string

  @Field(() => ImportKindEnum, { description: 'What the rows of the file are.' })
  kind: ImportKind

  @Field(() => [ImportColumn], { nullable: true, description: 'Absent: the columns go by their names.' })
  columns?: ImportColumn[] | null

  @Field(() => Boolean, { defaultValue: true, description: 'Try everything, change nothing; `runJob` then runs it.' })
  dryRun: boolean
}

@Resolver()
export class ImportResolver {
  @Mutation(() => JobPayload, { description: 'Makes what a file says, which was uploaded to `/imports`; as a job.' })
  @Allow('create', 'Job')
  async startImport(@Arg('input', () => StartImportInput) input: StartImportInput, @Ctx() context: AdminContext) {
    return jobPayload(context, await startImport(context, input))
  }
}

/** An upload is its uploader's alone. */
async function startImport(context: AdminContext, input: StartImportInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const tenant = await requireJobTenant(context, manager, input.tenantId)
    const { uploadId } = input
    const [upload] = isId(uploadId)
      ? await manager.query(
          `SELECT id, columns, row_count FROM upload
           WHERE id = $1 AND administrator_id = $2 AND row_count > 0 AND expires_at > now() FOR SHARE`,
          [uploadId, requireViewer(context).administratorId],
        )
      : []
    if (!upload) throw notFound(['uploadId'])
    const mapping = mappingOf(input.kind, upload.columns, input.columns ?? null)
    const job = { tenantId: tenant.id, kind: 'IMPORT', state: 'QUEUED', dryRun: input.dryRun } as const
    return createJob(context, manager, { ...job, upload: { id: upload.id, mapping } }, () =>
      Promise.resolve(Number(upload.row_count)),
    )
  })
}
