import { errorFields } from '../../graphql/error-fields.ts'
import { graphql } from '../../graphql/graphql.ts'

export const startImportMutation = graphql(
  `
    mutation StartImport($input: StartImportInput!) {
      payload: startImport(input: $input) {
        job {
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
