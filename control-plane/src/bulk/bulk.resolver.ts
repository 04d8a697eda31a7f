/** Whether somebody may start jobs is asked here; what they may do to each object is asked when its row is done. */
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { aliasSubject, listAliases, visibleAlias, type Alias } from '../aliases/index.js'
import { domainSubject, listDomains, visibleDomain, type Domain } from '../domains/index.js'
import { JobPayload, jobPayload, type RowInput } from '../jobs/index.js'
import { listMailboxes, mailboxSubject, visibleMailbox, type Mailbox } from '../mailboxes/index.js'
import type { Status } from '../platform/graphql/enums.js'
import { isGiven } from '../platform/is-given.js'
import {
  BulkCreateAliasesInput,
  BulkCreateDomainsInput,
  BulkCreateMailboxesInput,
  BulkDeleteAliasesInput,
  BulkDeleteDomainsInput,
  BulkDeleteMailboxesInput,
  BulkUpdateAliasesInput,
  BulkUpdateDomainsInput,
  BulkUpdateMailboxesInput,
} from './bulk.types.js'
import { startBulkChange, startBulkCreate, type BulkChange, type Selectable } from './start-bulk.js'

const mailboxes: Selectable<Mailbox> = {
  list: listMailboxes,
  find: visibleMailbox,
  tenantOf: ({ domain }) => domain.tenant,
  name: 'address',
  subjectOf: mailboxSubject,
}
const domains: Selectable<Domain> = {
  list: listDomains,
  find: visibleDomain,
  tenantOf: ({ tenant }) => tenant,
  name: 'name',
  subjectOf: domainSubject,
}
const aliases: Selectable<Alias> = {
  list: listAliases,
  find: visibleAlias,
  tenantOf: ({ domain }) => domain.tenant,
  name: 'address',
  subjectOf: aliasSubject,
}

/** Fields are changed by one mutation and the status by another; so it is with rows. */
function changesOf(kind: string, fields: RowInput, status: Status | null | undefined): BulkChange[] {
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
  return [
    ...(Object.keys(given).length > 0 ? [{ operation: `update${kind}`, input: given }] : []),
    ...(isGiven(status) ? [{ operation: `${status === 'ACTIVE' ? 'resume' : 'suspend'}${kind}`, input: {} }] : []),
  ]
}

@Resolver()
export class BulkResolver {
  @Mutation(() => JobPayload, { description: 'Makes up to 1,000 mailboxes; as a job.' })
  @Allow('create', 'Job')
  async bulkCreateMailboxes(
    @Arg('input', () => BulkCreateMailboxesInput) input: BulkCreateMailboxesInput,
    @Ctx() context: AdminContext,
  ) {
    return jobPayload(context, await startBulkCreate(context, input, 'createMailbox', input.rows))
  }

  @Mutation(() => JobPayload, { description: 'Makes up to 1,000 domains; as a job.' })
  @Allow('create', 'Job')
  async bulkCreateDomains(
    @Arg('input', () => BulkCreateDomainsInput) input: BulkCreateDomainsInput,
    @Ctx() context: AdminContext,
  ) {
    return jobPayload(context, await startBulkCreate(context, input, 'createDomain', input.rows))
  }

  @Mutation(() => JobPayload, { description: 'Makes up to 1,000 aliases; as a job.' })
  @Allow('create', 'Job')
  async bulkCreateAliases(
    @Arg('input', () => BulkCreateAliasesInput) input: BulkCreateAliasesInput,
    @Ctx() context: AdminContext,
  ) {
    return jobPayload(context, await startBulkCreate(context, input, 'createAlias', input.rows))
  }

  @Mutation(() => JobPayload, { description: 'One change to many mailboxes, by ids or by a filter; as a job.' })
  @Allow('create', 'Job')
  async bulkUpdateMailboxes(
    @Arg('input', () => BulkUpdateMailboxesInput) input: BulkUpdateMailboxesInput,
    @Ctx() context: AdminContext,
  ) {
    const changes = changesOf('Mailbox', { quotaBytes: input.quotaBytes }, input.status)
    return jobPayload(context, await startBulkChange(context, input, input, mailboxes, changes))
  }

  @Mutation(() => JobPayload, { description: 'One change to many domains, by ids or by a filter; as a job.' })
  @Allow('create', 'Job')
  async bulkUpdateDomains(
    @Arg('input', () => BulkUpdateDomainsInput) input: BulkUpdateDomainsInput,
    @Ctx() context: AdminContext,
  ) {
    const changes = changesOf('Domain', { catchAll: input.catchAll }, input.status)
    return jobPayload(context, await startBulkChange(context, input, input, domains, changes))
  }

  @Mutation(() => JobPayload, { description: 'One change to many aliases, by ids or by a filter; as a job.' })
  @Allow('create', 'Job')
  async bulkUpdateAliases(
    @Arg('input', () => BulkUpdateAliasesInput) input: BulkUpdateAliasesInput,
    @Ctx() context: AdminContext,
  ) {
    const changes = changesOf('Alias', { targets: input.targets ?? undefined }, input.status)
    return jobPayload(context, await startBulkChange(context, input, input, aliases, changes))
  }

  @Mutation(() => JobPayload, { description: 'Deletes many mailboxes, by ids or by a filter; as a job.' })
  @Allow('create', 'Job')
  async bulkDeleteMailboxes(
    @Arg('input', () => BulkDeleteMailboxesInput) input: BulkDeleteMailboxesInput,
    @Ctx() context: AdminContext,
  ) {
    const changes = [{ operation: 'deleteMailbox', input: {} }]
    return jobPayload(context, await startBulkChange(context, input, input, mailboxes, changes))
  }

  @Mutation(() => JobPayload, { description: 'Deletes many domains, by ids or by a filter; as a job.' })
  @Allow('create', 'Job')
  async bulkDeleteDomains(
    @Arg('input', () => BulkDeleteDomainsInput) input: BulkDeleteDomainsInput,
    @Ctx() context: AdminContext,
  ) {
    const changes = [{ operation: 'deleteDomain', input: {} }]
    return jobPayload(context, await startBulkChange(context, input, input, domains, changes))
  }

  @Mutation(() => JobPayload, { description: 'Deletes many aliases, by ids or by a filter; as a job.' })
  @Allow('create', 'Job')
  async bulkDeleteAliases(
    @Arg('input', () => BulkDeleteAliasesInput) input: BulkDeleteAliasesInput,
    @Ctx() context: AdminContext,
  ) {
    const changes = [{ operation: 'deleteAlias', input: {} }]
    return jobPayload(context, await startBulkChange(context, input, input, aliases, changes))
  }
}
