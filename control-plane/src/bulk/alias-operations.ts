/** What a row can do to aliases. */
import { domainOf, localPartOf } from '@mailfleet/schema'
import { createAlias, deleteAlias, setAliasStatus, updateAlias } from '../aliases/index.js'
import type { RowOperations } from '../jobs/index.js'
import { notFound } from '../platform/errors.js'
import { aliases, domainsOfAddresses } from './find-objects.js'
import { oneByOne } from './one-by-one.js'
import { addressField, listField } from './read-fields.js'

export const aliasOperations: RowOperations = {
  createAlias: {
    action: 'create',
    subject: 'Alias',
    atOnce: 1,
    fields: () => ['domainId', 'localPart', 'targets'],
    read(fields) {
      const address = addressField(fields, 'address')
      return { key: address, input: { address, targets: listField(fields, 'targets') } }
    },
    async apply(context, [row], reach) {
      const { address, targets } = row as { address: string; targets: string[] }
      const domainId = (await domainsOfAddresses(context, [address], reach)).get(domainOf(address))
      if (domainId === undefined) throw notFound(['address'])
      return [await createAlias(context, { domainId, localPart: localPartOf(address), targets })]
    },
  },
  updateAlias: oneByOne('update', 'Alias', aliases, ['targets'], updateAlias),
  suspendAlias: oneByOne('suspend', 'Alias', aliases, [], (context, input) =>
    setAliasStatus(context, input, 'SUSPENDED'),
  ),
  resumeAlias: oneByOne('suspend', 'Alias', aliases, [], (context, input) => setAliasStatus(context, input, 'ACTIVE')),
  deleteAlias: oneByOne('delete', 'Alias', aliases, [], deleteAlias),
}
