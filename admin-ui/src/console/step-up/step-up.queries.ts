import { errorFields } from '../../graphql/error-fields.ts'
import { graphql } from '../../graphql/graphql.ts'

export const beginConfirmationMutation = graphql(
  `
    mutation BeginConfirmation {
      payload: beginConfirmation {
        step {
          token
          methods
          passkeyOptions
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const confirmIdentityMutation = graphql(
  `
    mutation ConfirmIdentity($input: ConfirmIdentityInput!) {
      payload: confirmIdentity(input: $input) {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
