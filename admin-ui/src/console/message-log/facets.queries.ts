import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

export const mailEventFacetsQuery = graphql(`
  query MailEventFacets($filter: MailEventFilter, $timeZone: String!) {
    mailEventFacets(filter: $filter, timeZone: $timeZone) {
      counted
      isComplete
      countedSince
      bucketUnit
      buckets {
        start
        count
      }
      types {
        type
        count
      }
      directions {
        direction
        count
      }
      verdicts {
        verdict
        count
      }
      replyClasses {
        replyClass
        count
      }
      domains {
        domain {
          id
          displayName
        }
        count
      }
      mailNodes {
        mailNode {
          id
          name
        }
        count
      }
    }
  }
`)

export const savedSearchesQuery = graphql(`
  query SavedSearches {
    connection: savedSearches(first: 100) {
      nodes {
        id
        version
        name
        filter
        isShared
        isOwn
      }
    }
  }
`)
export type SavedSearchRow = ResultOf<typeof savedSearchesQuery>['connection']['nodes'][number]

export const createSavedSearchMutation = graphql(
  `
    mutation CreateSavedSearch($input: CreateSavedSearchInput!) {
      payload: createSavedSearch(input: $input) {
        savedSearch {
          id
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const deleteSavedSearchMutation = graphql(
  `
    mutation DeleteSavedSearch($input: VersionedInput!) {
      payload: deleteSavedSearch(input: $input) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
