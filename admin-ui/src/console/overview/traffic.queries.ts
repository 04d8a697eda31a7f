import { graphql, type ResultOf } from '../../graphql/graphql.ts'

const bucketFields = graphql(`
  fragment BucketFields on MailEventFacets {
    isComplete
    countedSince
    buckets {
      start
      count
    }
  }
`)

/** What became of messages, each kind counted by itself. */
export const trafficQuery = graphql(
  `
    query Traffic($since: DateTime!, $timeZone: String!) {
      delivered: mailEventFacets(filter: { since: $since, types: [DELIVERED, RELAYED] }, timeZone: $timeZone) {
        ...BucketFields
      }
      deferred: mailEventFacets(filter: { since: $since, types: [DEFERRED] }, timeZone: $timeZone) {
        ...BucketFields
      }
      bounced: mailEventFacets(filter: { since: $since, types: [BOUNCED] }, timeZone: $timeZone) {
        ...BucketFields
      }
      refused: mailEventFacets(filter: { since: $since, types: [REFUSED] }, timeZone: $timeZone) {
        ...BucketFields
      }
    }
  `,
  [bucketFields],
)
export type Traffic = ResultOf<typeof trafficQuery>
