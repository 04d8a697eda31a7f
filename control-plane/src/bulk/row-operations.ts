/** All that rows of jobs can do, by the name of the mutation that does it to one object. */
import type { RowOperations } from '../jobs/index.js'
import { aliasOperations } from './alias-operations.js'
import { domainOperations } from './domain-operations.js'
import { mailboxOperations } from './mailbox-operations.js'

export const rowOperations: RowOperations = { ...domainOperations, ...mailboxOperations, ...aliasOperations }
