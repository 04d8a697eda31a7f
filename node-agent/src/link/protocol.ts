/** The documents of schema/node.graphql that the agent uses, and the shapes of what they carry. */
import type { ConfigEntry } from '../config/config-entry.js'

export const protocolVersion = 1

export type ConfigFrame =
  | { __typename: 'SnapshotBegin'; nonce: string; epoch: string; revision: number }
  | { __typename: 'SnapshotChunk'; nonce: string; entries: ConfigEntry[] }
  | { __typename: 'SnapshotEnd'; nonce: string; epoch: string; revision: number }
  | { __typename: 'Delta'; nonce: string; revision: number; entries: ConfigEntry[] }
  | { __typename: 'Bookmark'; revision: number }
  | { __typename: 'Resync'; reason: string }

export const configStream = /* GraphQL */ `
  subscription ConfigStream($epoch: String, $sinceRevision: SafeInt, $window: Int!, $protocolVersion: Int!) {
    configStream(epoch: $epoch, sinceRevision: $sinceRevision, window: $window, protocolVersion: $protocolVersion) {
      __typename
      ... on SnapshotBegin {
        nonce
        epoch
        revision
      }
      ... on SnapshotChunk {
        nonce
        entries {
          key
          version
          resource
        }
      }
      ... on SnapshotEnd {
        nonce
        epoch
        revision
      }
      ... on Delta {
        nonce
        revision
        entries {
          key
          version
          resource
        }
      }
      ... on Bookmark {
        revision
      }
      ... on Resync {
        reason
      }
    }
  }
`

export const ackConfig = /* GraphQL */ `
  mutation AckConfig($nonce: String!, $results: [ConfigResultInput!]!) {
    ackConfig(nonce: $nonce, results: $results)
  }
`

export const reportStatus = /* GraphQL */ `
  mutation ReportStatus($status: NodeStatusInput!) {
    reportStatus(status: $status)
  }
`
export interface NodeStatus {
  runningRevision: number
  agentVersion: string
  engine: string
  capabilities: string[]
  healthy: boolean
  problems: string[]
  queuedMessages: number
  openConnections: number
}

export interface AuditCheckpoint {
  chainId: string
  sequence: number
  /** SHA-256 in hexadecimal. */
  hash: string
}
export const auditCheckpoint = /* GraphQL */ `
  query AuditCheckpoint {
    auditCheckpoint {
      chainId
      sequence
      hash
    }
  }
`
export const reportAuditCheckpoints = /* GraphQL */ `
  mutation ReportAuditCheckpoints($checkpoints: [AuditCheckpointInput!]!) {
    reportAuditCheckpoints(checkpoints: $checkpoints)
  }
`

export const ingestEvents = /* GraphQL */ `
  mutation IngestEvents($batch: MailEventBatchInput!) {
    ingestEvents(batch: $batch) {
      highWater
    }
  }
`
export interface MailEventBatch {
  stream: string
  firstSequence: number
  /** JSON text of `MailEvent[]`. */
  events: string
}

export const enrol = /* GraphQL */ `
  mutation Enrol($input: EnrolInput!) {
    enrol(input: $input) {
      nodeId
      nodeName
      errorCode
    }
  }
`
export interface EnrolPayload {
  nodeId: string | null
  nodeName: string | null
  errorCode: string | null
}
