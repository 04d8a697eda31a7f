import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const factorsQuery = graphql(`
  query Factors {
    viewer {
      twoFactor {
        totp
        recoveryCodesLeft
        required
        passkeys {
          id
          name
          backedUp
          createdAt
          lastUsedAt
        }
      }
    }
  }
`)
export type Factors = NonNullable<NonNullable<ResultOf<typeof factorsQuery>['viewer']>['twoFactor']>
export type PasskeyRow = Factors['passkeys'][number]

export const beginTotpMutation = graphql(
  `
    mutation BeginTotp {
      payload: beginTotp {
        secret
        uri
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const confirmTotpMutation = graphql(
  `
    mutation ConfirmTotp($input: ConfirmTotpInput!) {
      payload: confirmTotp(input: $input) {
        recoveryCodes
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const removeTotpMutation = graphql(
  `
    mutation RemoveTotp {
      payload: removeTotp {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const renewRecoveryCodesMutation = graphql(
  `
    mutation RenewRecoveryCodes {
      payload: renewRecoveryCodes {
        recoveryCodes
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const beginPasskeyRegistrationMutation = graphql(
  `
    mutation BeginPasskeyRegistration {
      payload: beginPasskeyRegistration {
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

export const finishPasskeyRegistrationMutation = graphql(
  `
    mutation FinishPasskeyRegistration($input: FinishPasskeyRegistrationInput!) {
      payload: finishPasskeyRegistration(input: $input) {
        passkey {
          id
        }
        recoveryCodes
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const renamePasskeyMutation = graphql(
  `
    mutation RenamePasskey($input: RenamePasskeyInput!) {
      payload: renamePasskey(input: $input) {
        passkey {
          id
          name
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const deletePasskeyMutation = graphql(
  `
    mutation DeletePasskey($id: ID!) {
      payload: deletePasskey(id: $id) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const sessionsQuery = graphql(
  `
    query Sessions($first: Int, $after: String, $last: Int, $before: String) {
      connection: sessions(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          createdAt
          lastSeenAt
          ipAddress
          userAgent
          method
          factor
          isCurrent
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [pageFields],
)
export type SessionRow = ResultOf<typeof sessionsQuery>['connection']['nodes'][number]

export const endSessionMutation = graphql(
  `
    mutation EndSession($id: ID!) {
      payload: endSession(id: $id) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const endOtherSessionsMutation = graphql(
  `
    mutation EndOtherSessions {
      payload: endOtherSessions {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
