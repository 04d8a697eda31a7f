import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const mailboxFields = graphql(`
  fragment MailboxFields on Mailbox {
    id
    version
    address
    displayAddress
    localPart
    name
    status
    effectiveStatus
    quotaBytes
    shared
    createdAt
    deletedAt
    purgeAt
    domain {
      id
      name
      displayName
      tenant {
        id
        name
      }
    }
    forward {
      id
      version
      status
      targets
      keepCopy
    }
  }
`)
export type MailboxRow = ResultOf<typeof mailboxFields>

export const mailboxesQuery = graphql(
  `
    query Mailboxes(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: MailboxFilter
      $orderBy: MailboxOrder
      $counted: Boolean = true
    ) {
      connection: mailboxes(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...MailboxFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount @include(if: $counted)
      }
    }
  `,
  [mailboxFields, pageFields],
)

export const mailboxesSubscription = graphql(
  `
    subscription MailboxChanges($filter: LiveChangesFilter) {
      change: changes(filter: $filter) {
        kind
        id
        node {
          ...MailboxFields
        }
      }
    }
  `,
  [mailboxFields],
)

export const mailboxQuery = graphql(
  `
    query Mailbox($id: ID!) {
      object: mailbox(id: $id) {
        ...MailboxFields
      }
    }
  `,
  [mailboxFields],
)

export const createMailboxMutation = graphql(
  `
    mutation CreateMailbox($input: CreateMailboxInput!) {
      payload: createMailbox(input: $input) {
        mailbox {
          ...MailboxFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [mailboxFields, errorFields],
)

export const updateMailboxMutation = graphql(
  `
    mutation UpdateMailbox($input: UpdateMailboxInput!) {
      payload: updateMailbox(input: $input) {
        mailbox {
          ...MailboxFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [mailboxFields, errorFields],
)
