import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const jobFields = graphql(`
  fragment JobFields on Job {
    id
    version
    kind
    operation
    starterEmail
    state
    dryRun
    total
    succeeded
    failed
    errorCode
    createdAt
    startedAt
    finishedAt
    expiresAt
    tenant {
      id
      name
    }
  }
`)
export type JobRow = ResultOf<typeof jobFields>

export const jobsQuery = graphql(
  `
    query Jobs($first: Int, $after: String, $last: Int, $before: String, $filter: JobFilter) {
      connection: jobs(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...JobFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [jobFields, pageFields],
)

export const jobQuery = graphql(
  `
    query Job($id: ID!) {
      object: job(id: $id) {
        ...JobFields
      }
    }
  `,
  [jobFields],
)

export const jobProgressSubscription = graphql(
  `
    subscription JobProgress($id: ID!) {
      jobProgress(id: $id) {
        ...JobFields
      }
    }
  `,
  [jobFields],
)

const jobLineFields = graphql(
  `
    fragment JobLineFields on JobRow {
      number
      line
      operation
      key
      state
      objectId
      error {
        ...ErrorFields
      }
      changes {
        field
        before
        after
      }
    }
  `,
  [errorFields],
)

export const jobLinesQuery = graphql(
  `
    query JobLines($id: ID!, $state: JobRowState, $first: Int, $after: String, $last: Int, $before: String) {
      job(id: $id) {
        id
        rows(state: $state, first: $first, after: $after, last: $last, before: $before) {
          nodes {
            ...JobLineFields
          }
          pageInfo {
            ...PageFields
          }
          totalCount
        }
      }
    }
  `,
  [jobLineFields, pageFields],
)
export type JobLine = ResultOf<typeof jobLineFields>

export const runJobMutation = graphql(
  `
    mutation RunJob($input: RunJobInput!) {
      payload: runJob(input: $input) {
        job {
          ...JobFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [jobFields, errorFields],
)

export const applyManifestMutation = graphql(
  `
    mutation ApplyManifest($input: ApplyManifestInput!) {
      payload: applyManifest(input: $input) {
        job {
          ...JobFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [jobFields, errorFields],
)

export const cancelJobMutation = graphql(
  `
    mutation CancelJob($input: CancelJobInput!) {
      payload: cancelJob(input: $input) {
        job {
          ...JobFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [jobFields, errorFields],
)
