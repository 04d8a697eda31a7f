import { errorFields } from '../graphql/error-fields.ts'
import { graphql } from '../graphql/graphql.ts'

const viewerFields = graphql(`
  fragment ViewerFields on Viewer {
    packedRules
    mustEnrol
    impersonation {
      impersonatorEmail
      impersonatorName
      endsAt
    }
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
        secondFactor {
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
  [viewerFields, errorFields],
)

export const verifySecondFactorMutation = graphql(
  `
    mutation VerifySecondFactor($input: VerifySecondFactorInput!) {
      payload: verifySecondFactor(input: $input) {
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

export const beginSingleSignOnMutation = graphql(
  `
    mutation BeginSingleSignOn($input: BeginSingleSignOnInput!) {
      payload: beginSingleSignOn(input: $input) {
        authorizationUrl
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const finishSingleSignOnMutation = graphql(
  `
    mutation FinishSingleSignOn($input: FinishSingleSignOnInput!) {
      payload: finishSingleSignOn(input: $input) {
        viewer {
          ...ViewerFields
        }
        secondFactor {
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
  [viewerFields, errorFields],
)

export const beginPasskeySignInMutation = graphql(
  `
    mutation BeginPasskeySignIn {
      payload: beginPasskeySignIn {
        token
        options
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const finishPasskeySignInMutation = graphql(
  `
    mutation FinishPasskeySignIn($input: FinishPasskeySignInInput!) {
      payload: finishPasskeySignIn(input: $input) {
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
      payload: signOutEverywhere {
        signOutUrl
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const endImpersonationMutation = graphql(
  `
    mutation EndImpersonation {
      payload: endImpersonation {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
