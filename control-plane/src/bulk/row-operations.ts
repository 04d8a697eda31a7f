/** All that rows of jobs can do, by the name of the mutation that does it to one object. */
import type { GraphQLSchema } from 'graphql'
import type { RowOperations } from '../jobs/index.js'
import { aliasOperations } from './alias-operations.js'
import { domainOperations } from './domain-operations.js'
import { forwardOperations } from './forward-operations.js'
import { groupOperations } from './group-operations.js'
import { mailboxOperations } from './mailbox-operations.js'
import { policyOperations } from './policy-operations.js'
import { roleOperations } from './role-operations.js'

/** What concerns mail. */
export const mailOperations: RowOperations = {
  ...domainOperations,
  ...mailboxOperations,
  ...aliasOperations,
  ...groupOperations,
  ...forwardOperations,
  ...policyOperations,
}

/** The schema says which fields rules of roles can name. */
export const rowOperations = (schema: GraphQLSchema): RowOperations => ({
  ...mailOperations,
  ...roleOperations(schema),
})
