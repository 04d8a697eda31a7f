import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

const originFields = graphql(`
  fragment OriginFields on PolicyOrigin {
    level
    objectId
  }
`)

export const policiesFields = graphql(
  `
    fragment PoliciesFields on ObjectPolicies {
      version
      settings {
        kind
        value
        lock
      }
      effective {
        kind
        value
        levels
        locks
        lock
        origin {
          ...OriginFields
        }
        lockedBy {
          ...OriginFields
        }
        overruled {
          ...OriginFields
        }
      }
    }
  `,
  [originFields],
)
export type ObjectPolicies = ResultOf<typeof policiesFields>
export type EffectivePolicy = ObjectPolicies['effective'][number]
export type PolicyOrigin = ResultOf<typeof originFields>

export const policyHolderQuery = graphql(
  `
    query PolicyHolder($id: ID!) {
      object: node(id: $id) {
        __typename
        id
        ... on Tenant {
          name
          kind
          policies {
            ...PoliciesFields
          }
        }
        ... on Domain {
          displayName
          tenant {
            id
            name
          }
          policies {
            ...PoliciesFields
          }
        }
        ... on Mailbox {
          displayAddress
          domain {
            id
            displayName
          }
          policies {
            ...PoliciesFields
          }
        }
      }
    }
  `,
  [policiesFields],
)

export const setPoliciesMutation = graphql(
  `
    mutation SetPolicies($input: SetPoliciesInput!) {
      payload: setPolicies(input: $input) {
        policies {
          version
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const previewPolicyChangeMutation = graphql(
  `
    mutation PreviewPolicyChange($input: SetPoliciesInput!) {
      payload: previewPolicyChange(input: $input) {
        preview {
          tenants
          domains
          mailboxes
          changedMailboxes
          examples {
            kind
            address
            mailboxes
            before
            after
          }
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
export type PolicyPreview = NonNullable<ResultOf<typeof previewPolicyChangeMutation>['payload']['preview']>
