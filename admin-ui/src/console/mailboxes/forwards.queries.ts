import { errorFields } from '../../graphql/error-fields.ts'
import { graphql } from '../../graphql/graphql.ts'

const forwardFields = graphql(`
  fragment ForwardFields on Forward {
    id
    version
    targets
    keepCopy
    mailbox {
      id
    }
  }
`)

export const createForwardMutation = graphql(
  `
    mutation CreateForward($input: CreateForwardInput!) {
      payload: createForward(input: $input) {
        forward {
          ...ForwardFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [forwardFields, errorFields],
)

export const updateForwardMutation = graphql(
  `
    mutation UpdateForward($input: UpdateForwardInput!) {
      payload: updateForward(input: $input) {
        forward {
          ...ForwardFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [forwardFields, errorFields],
)
