import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const explanationFields = graphql(`
  fragment ExplanationFields on Explanation {
    administratorId
    allowed
    reason
    administrator {
      id
      email
      name
    }
    rule {
      effect
      actions
      subject
      fields
      conditions
    }
    chain {
      kind
      id
      name
    }
  }
`)
export type ExplanationRow = ResultOf<typeof explanationFields>

export const explainQuery = graphql(
  `
    query ExplainPermission($input: ExplainPermissionInput!) {
      explanation: explainPermission(input: $input) {
        ...ExplanationFields
      }
    }
  `,
  [explanationFields],
)

export const whoCanQuery = graphql(
  `
    query WhoCan($first: Int, $after: String, $last: Int, $before: String, $input: WhoCanInput!) {
      connection: whoCan(first: $first, after: $after, last: $last, before: $before, input: $input) {
        nodes {
          ...ExplanationFields
        }
        pageInfo {
          ...PageFields
        }
      }
    }
  `,
  [explanationFields, pageFields],
)
