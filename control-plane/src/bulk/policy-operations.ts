/** What a row says about the policies of the job's tenant, or of a domain or mailbox in it. */
import type { RowInput, RowOperations } from '../jobs/index.js'
import { setPolicies, type PolicyTarget, type SetPoliciesInput } from '../policies/index.js'
import { domains, findObject, mailboxes } from './find-objects.js'

interface PolicyRow extends Pick<SetPoliciesInput, 'set' | 'unset'> {
  target: PolicyTarget
  /** Of what is made by the same job there is none yet. */
  version?: number
}

export const policyOperations: RowOperations = {
  setPolicies: {
    action: 'update',
    subject: 'Policy',
    atOnce: 1,
    fields: () => ['target', 'objectId', 'set', 'unset'],
    async apply(context, [row], reach) {
      const { target, set, unset, version = 0 } = row as unknown as PolicyRow
      const objectId = await objectOf(target, row!)
      await setPolicies(context, { target, objectId, version, set, unset })
      return [objectId]

      async function objectOf(kind: PolicyTarget, { address, name }: RowInput): Promise<string> {
        if (kind === 'TENANT') return reach.tenantId
        return kind === 'DOMAIN'
          ? (await findObject(context, domains, { name }, reach)).id
          : (await findObject(context, mailboxes, { address }, reach)).id
      }
    },
  },
}
