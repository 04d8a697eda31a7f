/** What a row can do to domains. */
import type { RowOperations } from '../jobs/index.js'
import { createDomain, deleteDomain, setDomainStatus, updateDomain } from '../domains/index.js'
import { domains } from './find-objects.js'
import { oneByOne } from './one-by-one.js'
import { domainField, textField } from './read-fields.js'

export const domainOperations: RowOperations = {
  createDomain: {
    action: 'create',
    subject: 'Domain',
    atOnce: 1,
    fields: ({ catchAll }) => ['tenantId', 'name', ...(catchAll === undefined ? [] : ['catchAll'])],
    read(fields) {
      const name = domainField(fields, 'name')
      const catchAll = textField(fields, 'catchAll')
      return { key: name, input: { name, ...(catchAll && { catchAll }) } }
    },
    async apply(context, [row], { tenantId }) {
      const { name, catchAll } = row as { name: string; catchAll?: string | null }
      return [await createDomain(context, { tenantId, name, catchAll })]
    },
  },
  updateDomain: oneByOne('update', 'Domain', domains, ['catchAll'], updateDomain),
  suspendDomain: oneByOne('suspend', 'Domain', domains, [], (context, input) =>
    setDomainStatus(context, input, 'SUSPENDED'),
  ),
  resumeDomain: oneByOne('suspend', 'Domain', domains, [], (context, input) =>
    setDomainStatus(context, input, 'ACTIVE'),
  ),
  deleteDomain: oneByOne('delete', 'Domain', domains, [], (context, input) => deleteDomain(context, input, false)),
}
