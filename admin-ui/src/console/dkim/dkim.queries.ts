import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

const dkimKeyFields = graphql(`
  fragment DkimKeyFields on DkimKey {
    id
    version
    selector
    algorithm
    state
    stateSince
    recordStatus
    recordCheckedAt
    record {
      name
      value
    }
  }
`)
export type DkimKeyRow = ResultOf<typeof dkimKeyFields>
export type DkimAlgorithm = DkimKeyRow['algorithm']

/** Of one domain, the newest first; ended ones beyond the first hundred are history. */
export const dkimKeysQuery = graphql(
  `
    query DkimKeys($domainId: ID!) {
      dkimKeys(first: 100, filter: { domainId: $domainId }, orderBy: { field: CREATED_AT, direction: DESC }) {
        nodes {
          ...DkimKeyFields
        }
      }
    }
  `,
  [dkimKeyFields],
)

export const createDkimKeyMutation = graphql(
  `
    mutation CreateDkimKey($input: CreateDkimKeyInput!) {
      payload: createDkimKey(input: $input) {
        dkimKey {
          ...DkimKeyFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [dkimKeyFields, errorFields],
)

export const rotateDkimKeysMutation = graphql(
  `
    mutation RotateDkimKeys($domainId: ID!) {
      payload: rotateDkimKeys(input: { domainId: $domainId }) {
        dkimKeys {
          ...DkimKeyFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [dkimKeyFields, errorFields],
)

export const checkDkimKeyMutation = graphql(
  `
    mutation CheckDkimKey($id: ID!) {
      payload: checkDkimKey(id: $id) {
        dkimKey {
          ...DkimKeyFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [dkimKeyFields, errorFields],
)

export const retireDkimKeyMutation = graphql(
  `
    mutation RetireDkimKey($input: VersionedInput!) {
      payload: retireDkimKey(input: $input) {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const revokeDkimKeyMutation = graphql(
  `
    mutation RevokeDkimKey($input: VersionedInput!) {
      payload: revokeDkimKey(input: $input) {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const deleteDkimKeyMutation = graphql(
  `
    mutation DeleteDkimKey($input: VersionedInput!) {
      payload: deleteDkimKey(input: $input) {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
