/** The typed `graphql` tag: documents are checked against `schema/admin.graphql` at build time. */
import { initGraphQLTada } from 'gql.tada'
import type { introspection } from './graphql-env.d.ts'

export const graphql = initGraphQLTada<{
  introspection: introspection
  disableMasking: true
  scalars: { DateTime: string; SafeInt: number }
}>()

export type { ResultOf, VariablesOf } from 'gql.tada'
export type MutationName = keyof introspection['types']['Mutation']['fields']
export type ErrorCode = introspection['types']['ErrorCode']['enumValues']
export type Role = introspection['types']['Role']['enumValues']
export type Status = introspection['types']['Status']['enumValues']
export type TenantKind = introspection['types']['TenantKind']['enumValues']
export type MailEventType = introspection['types']['MailEventType']['enumValues']
export type MailDirection = introspection['types']['MailDirection']['enumValues']
export type MailVerdict = introspection['types']['MailVerdict']['enumValues']
export type MailNodeState = introspection['types']['MailNodeState']['enumValues']
export type PolicyKind = introspection['types']['PolicyKind']['enumValues']
export type PolicyLevel = introspection['types']['PolicyLevel']['enumValues']
export type PolicyLock = introspection['types']['PolicyLock']['enumValues']
export type PolicyTarget = introspection['types']['PolicyTarget']['enumValues']
export type AuditChange = introspection['types']['AuditChange']['enumValues']
export type BudgetResource = introspection['types']['BudgetResource']['enumValues']
export type Oversell = introspection['types']['Oversell']['enumValues']
export type JobKind = introspection['types']['JobKind']['enumValues']
export type JobState = introspection['types']['JobState']['enumValues']
export type JobRowState = introspection['types']['JobRowState']['enumValues']
export type ImportKind = introspection['types']['ImportKind']['enumValues']
export type AccessEffect = introspection['types']['AccessEffect']['enumValues']
export type AccessAction = introspection['types']['AccessAction']['enumValues']
export type AccessSubject = introspection['types']['AccessSubject']['enumValues']
export type AccessScope = introspection['types']['AccessScope']['enumValues']
export type GrantState = introspection['types']['GrantState']['enumValues']
export type IdentitySourceKind = introspection['types']['IdentitySourceKind']['enumValues']
export type ProvisionedKind = introspection['types']['ProvisionedKind']['enumValues']
export type SearchKind = introspection['types']['SearchKind']['enumValues']
export type WebhookEventType = introspection['types']['WebhookEventType']['enumValues']
export type WebhookStatus = introspection['types']['WebhookStatus']['enumValues']
export type WebhookDeliveryState = introspection['types']['WebhookDeliveryState']['enumValues']
export type RolloutState = introspection['types']['RolloutState']['enumValues']
export type OutboundTls = introspection['types']['OutboundTls']['enumValues']
export type LiveChangeKind = introspection['types']['LiveChangeKind']['enumValues']
