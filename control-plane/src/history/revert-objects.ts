/**
 * How an object of each type is brought to a state: by the services that people's own changes go through, with their checks, rights,
 * versions and entries in the audit trail.
 */
import type { AdminContext } from '../access/index.js'
import { createAlias, deleteAlias, setAliasStatus, updateAlias } from '../aliases/index.js'
import { deleteDomain, restoreDomain, setDomainStatus, updateDomain } from '../domains/index.js'
import { createForward, deleteForward, setForwardStatus, updateForward } from '../forwards/index.js'
import { createGroup, deleteGroup, setGroupStatus, updateGroup } from '../groups/index.js'
import { deleteMailbox, restoreMailbox, setMailboxStatus, updateMailbox } from '../mailboxes/index.js'
import { setMailNodeStatus, updateMailNode } from '../nodes/index.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { setPolicies, type PolicySettingInput } from '../policies/index.js'
import { configObjectOf, type ConfigObjectType } from './config-objects.js'

type Columns = Record<string, unknown>
/** The object as it is, locked. */
export interface Present {
  id: string
  version: number
  values: Columns
}

interface Reverter {
  update(context: AdminContext, input: VersionedInput, fields: Columns, present: Present): Promise<unknown>
  setStatus?(context: AdminContext, input: VersionedInput, status: Status): Promise<unknown>
  /** Takes back that it was made. */
  remove?(context: AdminContext, input: VersionedInput): Promise<unknown>
  /** Takes back that it was deleted and kept. */
  restore?(context: AdminContext, input: VersionedInput): Promise<unknown>
  /** Takes back that it was deleted; it has another id then. */
  create?(context: AdminContext, values: Columns): Promise<unknown>
}

const text = (value: unknown): string => value as string

export const reverters: Record<ConfigObjectType, Reverter> = {
  MailNode: {
    update: (context, input, fields) => updateMailNode(context, { ...input, ...fields }),
    setStatus: setMailNodeStatus,
  },
  Policy: {
    update(context, input, fields, { values }) {
      const target = values.tenant_id ? 'TENANT' : values.domain_id ? 'DOMAIN' : 'MAILBOX'
      const objectId = text(values.tenant_id ?? values.domain_id ?? values.mailbox_id)
      const entries = Object.entries(fields) as [PolicySettingInput['kind'], Omit<PolicySettingInput, 'kind'> | null][]
      const set = entries.flatMap(([kind, setting]) => (setting ? [{ kind, ...setting }] : []))
      const unset = entries.flatMap(([kind, setting]) => (setting ? [] : [kind]))
      return setPolicies(context, { target, objectId, version: input.version, set, unset })
    },
  },
  Domain: {
    update: (context, input, fields) => updateDomain(context, { ...input, ...fields }),
    setStatus: setDomainStatus,
    remove: (context, input) => deleteDomain(context, input, false),
    restore: restoreDomain,
  },
  Mailbox: {
    update: (context, input, fields) => updateMailbox(context, { ...input, ...fields }),
    setStatus: setMailboxStatus,
    remove: (context, input) => deleteMailbox(context, input, false),
    restore: restoreMailbox,
  },
  Alias: {
    update: (context, input, fields) => updateAlias(context, { ...input, ...fields }),
    setStatus: setAliasStatus,
    remove: deleteAlias,
    create: (context, { domain_id, local_part, targets }) =>
      createAlias(context, { domainId: text(domain_id), localPart: text(local_part), targets: targets as string[] }),
  },
  Group: {
    update: (context, input, fields) => updateGroup(context, { ...input, ...fields }),
    setStatus: setGroupStatus,
    remove: deleteGroup,
    create: (context, { domain_id, local_part, ...values }) =>
      createGroup(context, {
        domainId: text(domain_id),
        localPart: text(local_part),
        ...(fieldsOf('Group', values) as Omit<Parameters<typeof createGroup>[1], 'domainId' | 'localPart'>),
      }),
  },
  Forward: {
    update: (context, input, fields) => updateForward(context, { ...input, ...fields }),
    setStatus: setForwardStatus,
    remove: deleteForward,
    create: (context, { mailbox_id, targets, keep_copy }) =>
      createForward(context, {
        mailboxId: text(mailbox_id),
        targets: targets as string[],
        keepCopy: keep_copy as boolean,
      }),
  },
}

/** What people set, by the API's names; of a policy its kinds. Names that `values` is silent about are left out. */
export function fieldsOf(type: ConfigObjectType, values: Columns): Columns {
  if (type === 'Policy') return (values.settings ?? {}) as Columns
  const given = Object.entries(configObjectOf(type).settings).filter(([, column]) => column in values)
  return Object.fromEntries(given.map(([name, column]) => [name, values[column]]))
}
