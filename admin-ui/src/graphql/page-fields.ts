import { graphql } from './graphql.ts'

/** What every paged list asks of its `pageInfo`. */
export const pageFields = graphql(`
  fragment PageFields on PageInfo {
    hasNextPage
    hasPreviousPage
    startCursor
    endCursor
  }
`)
