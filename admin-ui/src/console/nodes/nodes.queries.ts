import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const mailNodeFields = graphql(`
  fragment MailNodeFields on MailNode {
    id
    version
    createdAt
    name
    hostName
    status
    state
    desiredRevision
    acknowledgedRevision
    runningRevision
    sync
    heldResources
    rejections {
      kind
      resourceId
      revision
      reason
      at
    }
    enrolledAt
    lastSeenAt
    engine
    agentVersion
    healthy
    problems
    queuedMessages
    domainCount
    maxMessageBytes
    outboundRoutes {
      domain
      host
      port
      tls
    }
    retryDelays
    maxQueueAge
  }
`)
export type MailNodeRow = ResultOf<typeof mailNodeFields>

export const mailNodesQuery = graphql(
  `
    query MailNodes(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: MailNodeFilter
      $orderBy: MailNodeOrder
    ) {
      connection: mailNodes(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...MailNodeFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [mailNodeFields, pageFields],
)

export const mailNodeQuery = graphql(
  `
    query MailNode($id: ID!) {
      object: mailNode(id: $id) {
        ...MailNodeFields
      }
    }
  `,
  [mailNodeFields],
)

export const mailNodeChangedSubscription = graphql(
  `
    subscription MailNodeChanged {
      mailNodeChanged {
        ...MailNodeFields
      }
    }
  `,
  [mailNodeFields],
)

export const createJoinTokenMutation = graphql(
  `
    mutation CreateJoinToken($mailNodeId: ID!) {
      payload: createJoinToken(mailNodeId: $mailNodeId) {
        token
        expiresAt
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const createMailNodeMutation = graphql(
  `
    mutation CreateMailNode($input: CreateMailNodeInput!) {
      payload: createMailNode(input: $input) {
        mailNode {
          ...MailNodeFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [mailNodeFields, errorFields],
)

export const updateMailNodeMutation = graphql(
  `
    mutation UpdateMailNode($input: UpdateMailNodeInput!) {
      payload: updateMailNode(input: $input) {
        mailNode {
          ...MailNodeFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [mailNodeFields, errorFields],
)
