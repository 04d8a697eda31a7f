import { errorFields } from '../graphql/error-fields.ts'
import { graphql } from '../graphql/graphql.ts'

const viewerFields = graphql(`
  fragment ViewerFields on Viewer {
    packedRules
    administrator {
      id
      email
      name
      role
      tenant {
        id
        name
        kind
      }
    }
  }
`)

export const viewerQuery = graphql(
  `
    query Viewer {
      viewer {
        ...ViewerFields
      }
    }
  `,
  [viewerFields],
)

export const signInMutation = graphql(
  `
    mutation SignIn($input: SignInInput!) {
      payload: signIn(input: $input) {
        viewer {
          ...ViewerFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [viewerFields, errorFields],
)

export const signOutMutation = graphql(
  `
    mutation SignOut {
      payload: signOut {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
