import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

export const mailboxMembersQuery = graphql(`
  query MailboxMembers($id: ID!) {
    object: mailbox(id: $id) {
      id
      version
      members {
        rights
        sending
        member {
          id
          name
          displayAddress
        }
      }
    }
  }
`)
export type MailboxMemberRow = NonNullable<ResultOf<typeof mailboxMembersQuery>['object']>['members'][number]

export const updateMailboxMembersMutation = graphql(
  `
    mutation UpdateMailboxMembers($input: UpdateMailboxMembersInput!) {
      payload: updateMailboxMembers(input: $input) {
        mailbox {
          id
          version
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

/** Mailboxes of the same tenant, of which alone one can be a member. */
export const pickMemberQuery = graphql(`
  query PickMember($filter: MailboxFilter) {
    mailboxes(first: 20, filter: $filter, orderBy: { field: ADDRESS, direction: ASC }) {
      nodes {
        id
        name
        displayAddress
      }
    }
  }
`)
