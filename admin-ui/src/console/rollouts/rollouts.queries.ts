import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const rolloutFields = graphql(`
  fragment RolloutFields on Rollout {
    id
    version
    kind
    label
    state
    wave
    waveCount
    author
    bakingSince
    createdAt
    finishedAt
  }
`)
export type RolloutRow = ResultOf<typeof rolloutFields>

const gateFields = graphql(`
  fragment GateFields on RolloutGate {
    gate
    mailNodeId
    value
    baseline
    limit
    sample
    shut
    detail
  }
`)
export type GateRow = ResultOf<typeof gateFields>

export const rolloutsQuery = graphql(
  `
    query Rollouts($first: Int, $after: String, $last: Int, $before: String, $filter: RolloutFilter) {
      connection: rollouts(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...RolloutFields
        }
        pageInfo {
          ...PageFields
        }
      }
    }
  `,
  [rolloutFields, pageFields],
)

export const rolloutQuery = graphql(
  `
    query Rollout($id: ID!) {
      object: rollout(id: $id) {
        ...RolloutFields
        strategy {
          bakeSeconds
        }
        mailNodes {
          mailNodeId
          name
          wave
          openedAt
          online
          acknowledged
        }
        gates {
          ...GateFields
        }
        finding {
          ...GateFields
        }
      }
    }
  `,
  [rolloutFields, gateFields],
)
export type RolloutDetail = NonNullable<ResultOf<typeof rolloutQuery>['object']>

const payload = graphql(
  `
    fragment RolloutPayloadFields on RolloutPayload {
      rollout {
        ...RolloutFields
      }
      errors {
        ...ErrorFields
      }
    }
  `,
  [rolloutFields, errorFields],
)

export const rolloutCommands = {
  pause: graphql(
    `
      mutation PauseRollout($input: VersionedInput!) {
        payload: pauseRollout(input: $input) {
          ...RolloutPayloadFields
        }
      }
    `,
    [payload],
  ),
  resume: graphql(
    `
      mutation ResumeRollout($input: VersionedInput!) {
        payload: resumeRollout(input: $input) {
          ...RolloutPayloadFields
        }
      }
    `,
    [payload],
  ),
  promote: graphql(
    `
      mutation PromoteRollout($input: VersionedInput!) {
        payload: promoteRollout(input: $input) {
          ...RolloutPayloadFields
        }
      }
    `,
    [payload],
  ),
  abort: graphql(
    `
      mutation AbortRollout($input: VersionedInput!) {
        payload: abortRollout(input: $input) {
          ...RolloutPayloadFields
        }
      }
    `,
    [payload],
  ),
}
export type RolloutCommand = keyof typeof rolloutCommands
