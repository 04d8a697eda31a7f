/**
 * What can be exported, as the query that reads a page of it and the columns made of each node. Reading by the API's own queries, what
 * is denied there is denied here, down to single fields.
 */
import { parse, type DocumentNode } from 'graphql'

type Node = Record<string, unknown>

export interface ExportKind {
  document: DocumentNode
  connection(data: Record<string, unknown>): Connection | null
  columns: readonly [name: string, value: (node: Node) => unknown][]
}

export interface Connection {
  nodes: Node[]
  pageInfo: { hasNextPage: boolean; endCursor: string | null }
}

const pageInfo = 'pageInfo { hasNextPage endCursor }'

const plain = (...names: string[]): ExportKind['columns'] => names.map((name) => [name, (node) => node[name]] as const)
const of = (object: string, name: string) => (node: Node) => (node[object] as Node | null)?.[name] ?? null

const list = (field: string, filter: string, selection: string, columns: ExportKind['columns']): ExportKind => ({
  document: parse(`query ($first: Int, $after: String, $filter: ${filter}) {
    ${field}(first: $first, after: $after, filter: $filter) { nodes { ${selection} } ${pageInfo} } }`),
  connection: (data) => data[field] as Connection,
  columns,
})

export const exportKinds: Readonly<Record<string, ExportKind>> = {
  mailboxes: list(
    'mailboxes',
    'MailboxFilter',
    'id address name status effectiveStatus quotaBytes createdAt domain { name tenant { id name } }',
    [
      ...plain('id', 'address', 'name', 'status', 'effectiveStatus', 'quotaBytes', 'createdAt'),
      ['tenant', (node) => of('tenant', 'name')(node.domain as Node)],
    ],
  ),
  domains: list(
    'domains',
    'DomainFilter',
    'id name displayName status effectiveStatus catchAll createdAt tenant { name }',
    [
      ...plain('id', 'name', 'displayName', 'status', 'effectiveStatus', 'catchAll', 'createdAt'),
      ['tenant', of('tenant', 'name')],
    ],
  ),
  aliases: list('aliases', 'AliasFilter', 'id address status targets createdAt', [
    ...plain('id', 'address', 'status', 'targets', 'createdAt'),
  ]),
  audit: list(
    'auditEntries',
    'AuditEntryFilter',
    `id at sequence operation operationId change subjectType subjectId label ip userAgent before after
     actor { administratorId email impersonatorId impersonatorEmail }`,
    [
      ...plain('at', 'sequence', 'operation', 'operationId', 'change', 'subjectType', 'subjectId', 'label'),
      ['actor', of('actor', 'email')],
      ['impersonator', of('actor', 'impersonatorEmail')],
      ...plain('ip', 'userAgent', 'before', 'after'),
    ],
  ),
  mailEvents: list(
    'mailEvents',
    'MailEventFilter',
    `id at type direction protocol verdict sender recipient originalRecipient messageId subject size remoteIp remoteHost heloName tls tlsPolicy
     replyCode enhancedCode replyText attempt nextAttemptAt login policyKind policyId policyRevision authentication folder
     transactionId recipientCount checks { name result score detail policyKind policyId policyRevision }
     domain { name } mailNode { name }`,
    [
      ...plain('id', 'at', 'type', 'direction', 'protocol', 'verdict', 'sender', 'recipient', 'originalRecipient'),
      ...plain(
        'messageId',
        'subject',
        'size',
        'remoteIp',
        'remoteHost',
        'heloName',
        'tls',
        'tlsPolicy',
        'replyCode',
        'enhancedCode',
      ),
      ...plain('replyText', 'attempt', 'nextAttemptAt', 'login', 'policyKind', 'policyId', 'policyRevision'),
      ...plain('authentication', 'folder', 'transactionId', 'recipientCount', 'checks'),
      ['domain', of('domain', 'name')],
      ['mailNode', of('mailNode', 'name')],
    ],
  ),
  jobRows: {
    document: parse(`query ($first: Int, $after: String, $id: ID!, $state: JobRowState) { job(id: $id) {
      rows(first: $first, after: $after, state: $state) {
        nodes { number line operation key state objectId error { code message path } } ${pageInfo} } } }`),
    connection: (data) => (data.job as { rows: Connection } | null)?.rows ?? null,
    columns: [
      ...plain('number', 'line', 'operation', 'key', 'state', 'objectId'),
      ['errorCode', of('error', 'code')],
      ['errorField', (node) => ((node.error as Node | null)?.path as string[] | null)?.join('.') ?? null],
      ['errorMessage', of('error', 'message')],
    ],
  },
}
