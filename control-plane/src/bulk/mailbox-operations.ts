/** What a row can do to mailboxes. */
import { domainOf, localPartOf } from '@mailfleet/schema'
import type { AdminContext } from '../access/index.js'
import type { JobReach, RowInput, RowOperations } from '../jobs/index.js'
import {
  createMailboxes,
  deleteMailbox,
  secretsOf,
  secretsOfHash,
  setMailboxStatus,
  updateMailbox,
  type MailboxSecrets,
} from '../mailboxes/index.js'
import { invalidInput, notFound } from '../platform/errors.js'
import { domainsOfAddresses, mailboxes } from './find-objects.js'
import { addressField, bytesField, secretField, textField } from './read-fields.js'
import { oneByOne } from './one-by-one.js'

interface CreateRow {
  address: string
  name: string
  quotaBytes?: number | null
  password?: string
  passwordHash?: string
}
type PreparedRow = CreateRow & { secrets: MailboxSecrets }

function secretsOfRow({ password, passwordHash }: Pick<CreateRow, 'password' | 'passwordHash'>) {
  if (password !== undefined && passwordHash !== undefined)
    throw invalidInput(['passwordHash'], 'A password and a hash exclude each other.')
  if (password === undefined && passwordHash === undefined)
    throw invalidInput(['password'], 'A password or its hash must be given.')
  return passwordHash === undefined ? secretsOf(password!) : secretsOfHash(passwordHash)
}

async function create(context: AdminContext, inputs: readonly RowInput[], reach: JobReach): Promise<string[]> {
  const rows = inputs as unknown as PreparedRow[]
  const known = await domainsOfAddresses(
    context,
    rows.map(({ address }) => address),
    reach,
  )
  const wanted = rows.map(({ address, name, quotaBytes, password, secrets }) => {
    const domainId = known.get(domainOf(address))
    if (domainId === undefined) throw notFound(['address'])
    return { domainId, localPart: localPartOf(address), name, quotaBytes, password: password ?? null, secrets }
  })
  return createMailboxes(context, wanted)
}

/** To be hashed. */
const hasPassword = ({ password }: RowInput): boolean => typeof password === 'string'

export const mailboxOperations: RowOperations = {
  createMailbox: {
    action: 'create',
    subject: 'Mailbox',
    atOnce: 500,
    fields: ({ quotaBytes }) => [
      'domainId',
      'localPart',
      'name',
      'password',
      ...(quotaBytes === undefined ? [] : ['quotaBytes']),
    ],
    read(fields) {
      const address = addressField(fields, 'address')
      const password = secretField(fields, 'password')
      const passwordHash = secretField(fields, 'passwordHash')?.trim()
      const quotaBytes = bytesField(fields, 'quotaBytes')
      return {
        key: address,
        input: {
          address,
          name: textField(fields, 'name') ?? localPartOf(address),
          ...(quotaBytes !== undefined && { quotaBytes }),
        },
        secret: { password, passwordHash },
      }
    },
    async prepare(input) {
      const { password, passwordHash } = input as unknown as CreateRow
      return { ...input, secrets: await secretsOfRow({ password, passwordHash }) }
    },
    isCostly: hasPassword,
    apply: create,
  },
  updateMailbox: {
    ...oneByOne('update', 'Mailbox', mailboxes, ['name', 'quotaBytes', 'password'], updateMailbox),
    isCostly: hasPassword,
  },
  suspendMailbox: oneByOne('suspend', 'Mailbox', mailboxes, [], (context, input) =>
    setMailboxStatus(context, input, 'SUSPENDED'),
  ),
  resumeMailbox: oneByOne('suspend', 'Mailbox', mailboxes, [], (context, input) =>
    setMailboxStatus(context, input, 'ACTIVE'),
  ),
  deleteMailbox: oneByOne('delete', 'Mailbox', mailboxes, [], (context, input) => deleteMailbox(context, input, false)),
}
