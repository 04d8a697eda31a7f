import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const auditEntryFields = graphql(`
  fragment AuditEntryFields on AuditEntry {
    id
    at
    sequence
    ip
    userAgent
    operationId
    operation
    change
    subjectType
    subjectId
    label
    before
    after
    actor {
      administratorId
      email
      impersonatorEmail
      credentialKind
    }
  }
`)
export type AuditEntryRow = ResultOf<typeof auditEntryFields>

export const auditEntriesQuery = graphql(
  `
    query AuditEntries($first: Int, $after: String, $last: Int, $before: String, $filter: AuditEntryFilter) {
      connection: auditEntries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...AuditEntryFields
        }
        pageInfo {
          ...PageFields
        }
      }
    }
  `,
  [auditEntryFields, pageFields],
)

export const auditVerificationQuery = graphql(`
  query AuditVerification($after: SafeInt!) {
    auditVerification(after: $after) {
      entries
      verifiedTo
      head
      fault
      faultAt
      checkpoints
    }
  }
`)
