import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const groupFields = graphql(`
  fragment GroupFields on Group {
    id
    version
    address
    displayAddress
    ownerAddress
    name
    status
    effectiveStatus
    members
    owners
    posting
    posters
    createdAt
    domain {
      id
      name
      displayName
    }
  }
`)
export type GroupRow = ResultOf<typeof groupFields>
export type GroupPosting = GroupRow['posting']

export const groupsQuery = graphql(
  `
    query Groups(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: GroupFilter
      $orderBy: GroupOrder
      $counted: Boolean = true
    ) {
      connection: groups(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...GroupFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount @include(if: $counted)
      }
    }
  `,
  [groupFields, pageFields],
)

export const groupsSubscription = graphql(
  `
    subscription GroupChanges($filter: LiveChangesFilter) {
      change: changes(filter: $filter) {
        kind
        id
        node {
          ...GroupFields
        }
      }
    }
  `,
  [groupFields],
)

export const createGroupMutation = graphql(
  `
    mutation CreateGroup($input: CreateGroupInput!) {
      payload: createGroup(input: $input) {
        group {
          ...GroupFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [groupFields, errorFields],
)

export const updateGroupMutation = graphql(
  `
    mutation UpdateGroup($input: UpdateGroupInput!) {
      payload: updateGroup(input: $input) {
        group {
          ...GroupFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [groupFields, errorFields],
)
