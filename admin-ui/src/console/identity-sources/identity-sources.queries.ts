import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const identitySourceFields = graphql(`
  fragment IdentitySourceFields on IdentitySource {
    id
    version
    kind
    name
    status
    emailDomains
    defaultRole
    localSignIn
    createsAdministrators
    createdAt
    tenant {
      id
      name
    }
    roleMapping {
      group
      role
      accessRoleId
    }
    oidc {
      redirectPath
      issuer
      clientId
      scopes
      groupsClaim
      trustedAcr
      trustedAmr
    }
    ldap {
      url
      startTls
      ca
      bindDn
      baseDn
      userFilter
      emailAttribute
      nameAttribute
      idAttribute
      groupsAttribute
      provisions
    }
    scim {
      path
      signInSourceId
    }
  }
`)
export type IdentitySourceRow = ResultOf<typeof identitySourceFields>

export const identitySourcesQuery = graphql(
  `
    query IdentitySources($first: Int, $after: String, $last: Int, $before: String, $filter: IdentitySourceFilter) {
      connection: identitySources(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...IdentitySourceFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [identitySourceFields, pageFields],
)

export const identitySourceQuery = graphql(
  `
    query IdentitySource($id: ID!) {
      object: identitySource(id: $id) {
        ...IdentitySourceFields
      }
    }
  `,
  [identitySourceFields],
)

export const createIdentitySourceMutation = graphql(
  `
    mutation CreateIdentitySource($input: CreateIdentitySourceInput!) {
      payload: createIdentitySource(input: $input) {
        identitySource {
          ...IdentitySourceFields
        }
        token
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [identitySourceFields, errorFields],
)

export const updateIdentitySourceMutation = graphql(
  `
    mutation UpdateIdentitySource($input: UpdateIdentitySourceInput!) {
      payload: updateIdentitySource(input: $input) {
        identitySource {
          ...IdentitySourceFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [identitySourceFields, errorFields],
)

export const renewTokenMutation = graphql(
  `
    mutation RenewIdentitySourceToken($input: RenewIdentitySourceTokenInput!) {
      payload: renewIdentitySourceToken(input: $input) {
        identitySource {
          ...IdentitySourceFields
        }
        token
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [identitySourceFields, errorFields],
)

const syncFields = graphql(`
  fragment SyncFields on DirectorySync {
    created
    updated
    deactivated
    reactivated
    skipped
    unchanged
    remaining
    people {
      action
      email
      name
      reason
    }
  }
`)
export type DirectorySync = ResultOf<typeof syncFields>

export const previewSyncMutation = graphql(
  `
    mutation PreviewDirectorySync($input: PreviewDirectorySyncInput!) {
      payload: previewDirectorySync(input: $input) {
        sync {
          ...SyncFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [syncFields, errorFields],
)

export const runSyncMutation = graphql(
  `
    mutation RunDirectorySync($input: RunDirectorySyncInput!) {
      payload: runDirectorySync(input: $input) {
        sync {
          ...SyncFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [syncFields, errorFields],
)

/** The roles that a group can be led to. */
export const mappableRolesQuery = graphql(`
  query MappableRoles($within: ID!) {
    accessRoles(first: 100, filter: { withinId: $within }) {
      nodes {
        id
        name
      }
    }
  }
`)
