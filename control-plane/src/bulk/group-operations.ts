/** What a row can do to groups. */
import { domainOf, localPartOf, type GroupPosting } from '@mailfleet/schema'
import { createGroup, deleteGroup, setGroupStatus, updateGroup } from '../groups/index.js'
import type { RowOperations } from '../jobs/index.js'
import { notFound } from '../platform/errors.js'
import { domainsOfAddresses, groups } from './find-objects.js'
import { oneByOne } from './one-by-one.js'

interface GroupRow {
  address: string
  name: string
  members: string[]
  owners: string[]
  posting?: GroupPosting
  posters?: string[]
}

export const groupOperations: RowOperations = {
  createGroup: {
    action: 'create',
    subject: 'Group',
    atOnce: 1,
    fields: () => ['domainId', 'localPart', 'name', 'members', 'owners', 'posting', 'posters'],
    async apply(context, [row], reach) {
      const { address, posting = 'MEMBERS', posters = [], ...rest } = row as unknown as GroupRow
      const domainId = (await domainsOfAddresses(context, [address], reach)).get(domainOf(address))
      if (domainId === undefined) throw notFound(['address'])
      return [await createGroup(context, { ...rest, domainId, localPart: localPartOf(address), posting, posters })]
    },
  },
  updateGroup: oneByOne('update', 'Group', groups, ['name', 'members', 'owners', 'posting', 'posters'], updateGroup),
  suspendGroup: oneByOne('suspend', 'Group', groups, [], (context, input) =>
    setGroupStatus(context, input, 'SUSPENDED'),
  ),
  resumeGroup: oneByOne('suspend', 'Group', groups, [], (context, input) => setGroupStatus(context, input, 'ACTIVE')),
  deleteGroup: oneByOne('delete', 'Group', groups, [], deleteGroup),
}
