import { graphql, type ResultOf } from '../../graphql/graphql.ts'

export const searchQuery = graphql(`
  query Search($text: String!, $first: Int!) {
    search(text: $text, first: $first) {
      kind
      count
      hits {
        label
        node {
          __typename
          id
        }
        event {
          id
          messageId
          at
        }
      }
    }
  }
`)
export type SearchGroup = ResultOf<typeof searchQuery>['search'][number]
