/**
 * The typed config resources that a node is sent: one runtime-checked definition each, types derived.
 *
 * A resource is named by `kind` and `id`; its `version` is the change-log revision that last touched it. A frame
 * carries the current state of a resource, never a difference. Unknown fields are dropped by an older node,
 * missing optional ones filled in, so that nodes and control plane of neighbouring versions understand each other.
 */
import { z } from 'zod'
import { oauthIssuers } from './oauth-issuers.js'
import { policyLevel, policyLock } from './policies/policy-kinds.js'

/** `ACTIVE`: works. `SUSPENDED`: keeps its data; nobody signs in, nothing is accepted for it or from it. */
export const resourceStatus = z.enum(['ACTIVE', 'SUSPENDED'])
export type ResourceStatus = z.infer<typeof resourceStatus>

const id = z.string().min(1).max(64)
/** A domain name as A-labels (RFC 5890), lower case, without the final dot. */
const domainName = z.string().min(1).max(253)
/** A mail address `local@domain`: the domain as A-labels in lower case, the local part in lower case NFC (RFC 6531). */
const address = z.string().min(3).max(320)

export const dkimAlgorithm = z.enum(['RSA_SHA256', 'ED25519_SHA256'])
export type DkimAlgorithm = z.infer<typeof dkimAlgorithm>

/** A key that signs what is sent from a domain (RFC 6376, RFC 8463). Its record is in DNS, or else the node would not have it. */
export const dkimSigningKey = z.object({
  id,
  /** The record is at `<selector>._domainkey.<domain>`. */
  selector: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/),
  algorithm: dkimAlgorithm,
  /** PKCS #8 in DER, base64. */
  privateKey: z.base64().min(40).max(8_192),
})
export type DkimSigningKey = z.infer<typeof dkimSigningKey>

export const domainResource = z.object({
  kind: z.literal('Domain'),
  id,
  tenantId: id,
  name: domainName,
  /** Effective: a domain under a suspended tenant is suspended. */
  status: resourceStatus,
  /** While suspended: mail for it is still taken in; nobody signs in. */
  receivesWhileSuspended: z.boolean().default(false),
  /** Where mail for unknown local parts goes; null refuses it with 550. */
  catchAll: address.nullable(),
  /** The tenants above, from the platform down to `tenantId`: the policies of each hold for this domain. */
  tenantPath: z.array(id).max(64).default([]),
  /** The domain for which this one stands: `x@name` is `x@` that domain. It has no addresses of its own. */
  aliasOf: id.nullish(),
  /** All of them sign, so that a new one is tried before the old one goes. */
  dkimKeys: z.array(dkimSigningKey).max(20).default([]),
})
export type DomainResource = z.infer<typeof domainResource>

/** Rights of RFC 4314: what a member of a shared mailbox may do in all of its folders. */
const mailboxRights = z.string().regex(/^(?!.*(.).*\1)[lrswipkxtea]*$/)

/** Another mailbox, of this node, that sees this one under `Shared/<address>/` (docs/imap.md). */
export const mailboxMember = z.object({
  mailboxId: id,
  rights: mailboxRights,
  /** `AS`: writes in its name. `ON_BEHALF`: likewise, and the Sender field says who it was (RFC 5322 section 3.6.2). */
  sending: z.enum(['ON_BEHALF', 'AS']).nullish(),
})
export type MailboxMember = z.infer<typeof mailboxMember>

/** What proves a password by SCRAM-SHA-256 (RFC 5802 section 3, RFC 7677); octets in base64. */
export const scramVerifier = z.object({
  salt: z.base64().min(8).max(128),
  iterations: z.number().int().min(4_096).max(10_000_000),
  storedKey: z.base64().length(44),
  serverKey: z.base64().length(44),
})
export type ScramVerifier = z.infer<typeof scramVerifier>

export const mailboxResource = z.object({
  kind: z.literal('Mailbox'),
  id,
  domainId: id,
  address,
  displayName: z.string().max(200),
  status: resourceStatus,
  /** While suspended: mail for it is still taken in; nobody signs in. Absent: no. */
  receivesWhileSuspended: z.boolean().optional(),
  /** Deleted, and kept to be restored: suspended, and to senders as if it were gone. Absent: no. */
  deleted: z.boolean().optional(),
  /** PHC string, argon2id (RFC 9106). Empty: a shared mailbox, to which nobody signs in. */
  passwordHash: z.string().max(512),
  /** Of the same password; absent where it was set before there were verifiers, or cannot have one. */
  scram: scramVerifier.nullish(),
  /** Bytes; null is unlimited. */
  quotaBytes: z.number().int().nonnegative().nullable(),
  /** Who else may use it. */
  members: z.array(mailboxMember).max(1_000).default([]),
})
export type MailboxResource = z.infer<typeof mailboxResource>

/** Another name for one or more addresses; the alias itself stores no mail. */
export const aliasResource = z.object({
  kind: z.literal('Alias'),
  id,
  domainId: id,
  address,
  status: resourceStatus,
  targets: z.array(address).min(1).max(100),
})
export type AliasResource = z.infer<typeof aliasResource>

/** Who may write to a group. Addresses here count for whoever signed in to send, not for whoever says so. */
export const groupPosting = z.enum(['ANYONE', 'MEMBERS', 'OWNERS', 'NAMED'])
export type GroupPosting = z.infer<typeof groupPosting>

/** A distribution list: what it is sent goes to its members, with List fields (RFC 2369, RFC 2919); bounces go to its owners. */
export const groupResource = z.object({
  kind: z.literal('Group'),
  id,
  domainId: id,
  address,
  /** For the List-Id field; may be empty. */
  name: z.string().max(200),
  status: resourceStatus,
  members: z.array(address).max(1_000),
  /** Get what is sent to `groupOwnerAddress(address)`, bounces above all; they may always write to it. */
  owners: z.array(address).min(1).max(20),
  posting: groupPosting,
  /** Beside the owners, of `NAMED`. */
  posters: z.array(address).max(100).default([]),
})
export type GroupResource = z.infer<typeof groupResource>

/** Sends what arrives in a mailbox on to other addresses. */
export const forwardResource = z.object({
  kind: z.literal('Forward'),
  id,
  mailboxId: id,
  status: resourceStatus,
  targets: z.array(address).min(1).max(20),
  /** Whether the mailbox keeps a copy. */
  keepCopy: z.boolean(),
})
export type ForwardResource = z.infer<typeof forwardResource>

export const appPasswordProtocol = z.enum(['SMTP', 'IMAP', 'POP3'])
export type AppPasswordProtocol = z.infer<typeof appPasswordProtocol>

/** A secret that we made, for one program of a mailbox's owner (app-password.ts). A node that has it no more ends its sessions. */
export const appPasswordResource = z.object({
  kind: z.literal('AppPassword'),
  id,
  mailboxId: id,
  /** SHA-256 of the secret in normal form. */
  secretHash: z.base64().length(44),
  /** Under the salt of the mailbox's own verifier, since a client is challenged before it has said which password it will use. */
  scram: scramVerifier.nullish(),
  protocols: z.array(appPasswordProtocol).min(1).max(3),
  /** Addresses and networks from where it works; none: from anywhere. */
  networks: z.array(z.string().min(1).max(64)).max(20),
  /** Milliseconds since 1970. */
  expiresAt: z.number().int().nonnegative().nullable(),
})
export type AppPasswordResource = z.infer<typeof appPasswordResource>

/**
 * What a node may take in of the messages that a tenant, and all below it, submit in a day (UTC). The control plane shares a budget out
 * among the nodes, so that they need not ask for each message and together never send more.
 */
export const sendBudgetResource = z.object({
  kind: z.literal('SendBudget'),
  id,
  tenantId: id,
  /** `YYYY-MM-DD`, the day of `granted`. */
  day: z.iso.date(),
  /** In all of that day. */
  granted: z.number().int().nonnegative(),
  /** On each later day, until a newer version says otherwise: so that midnight needs no message. */
  nextDays: z.number().int().nonnegative(),
})
export type SendBudgetResource = z.infer<typeof sendBudgetResource>

/**
 * What one tenant, domain or mailbox says about policies. A node has those of what it serves and of the tenants above, and works out
 * what holds by `effectivePolicy`: so a change at the top is one resource a node, however many domains it reaches.
 */
export const policyResource = z.object({
  kind: z.literal('Policy'),
  id,
  level: policyLevel,
  /** The tenant, domain or mailbox. */
  objectId: id,
  /** Named in the events of what it refuses. */
  revision: z.number().int().positive(),
  /** By kind; kinds that a node does not know are for newer ones. */
  settings: z.record(z.string().max(64), z.object({ value: z.unknown(), lock: policyLock.nullish() })),
})
export type PolicyResource = z.infer<typeof policyResource>

/** Nobody signs in from there until then; mail is taken in from there as ever. Every node has all bans. */
export const banResource = z.object({
  kind: z.literal('Ban'),
  id,
  /** As `clientNetwork` gives it: an IPv4 address, or an IPv6 /64. */
  network: z.string().min(1).max(64),
  /** Milliseconds since 1970: a node that hears of nothing meanwhile ends it by its own clock. */
  until: z.number().int().nonnegative(),
})
export type BanResource = z.infer<typeof banResource>

/** One message for one recipient, as the node itself has named them in its events. */
export const queuedMessageName = z.object({
  transactionId: z.string().min(1).max(64),
  recipient: z.string().min(1).max(320),
})

/**
 * What of an outbound queue is meant: what is sent on behalf of the tenant, or of any below it, and meets all else that is given.
 */
const queueScope = {
  tenantId: id,
  domainId: id.nullish(),
  mailboxId: id.nullish(),
  /** The domain of the recipient. */
  destination: domainName.nullish(),
  /** These alone; they are this node's. */
  messages: z.array(queuedMessageName).min(1).max(200).nullish(),
}

/** Not sent for as long as this is there, whether it waits already or comes later; it does not grow too old meanwhile. */
export const queueHoldResource = z.object({ kind: z.literal('QueueHold'), id, ...queueScope })
export type QueueHoldResource = z.infer<typeof queueHoldResource>

/** `RETRY`: tried now. `BOUNCE`: given up, and the sender told. `DELETE`: given up, and nobody told. */
export const queueAction = z.enum(['RETRY', 'BOUNCE', 'DELETE'])
export type QueueAction = z.infer<typeof queueAction>

/**
 * Done once, to what is in the queue by `issuedAt`: a node that was away does it when it is back, and not to what has come since. The
 * resource goes when every node has had time to.
 */
export const queueCommandResource = z.object({
  kind: z.literal('QueueCommand'),
  id,
  action: queueAction,
  /** Milliseconds since 1970. */
  issuedAt: z.number().int().nonnegative(),
  ...queueScope,
})
export type QueueCommandResource = z.infer<typeof queueCommandResource>
export type QueueScope = Pick<QueueCommandResource, keyof typeof queueScope>

/** Where mail for a domain is handed to, instead of its MX. `*` matches every domain that has no route of its own. */
export const outboundRoute = z.object({
  domain: z.union([z.literal('*'), domainName]),
  host: z.string().min(1).max(253),
  port: z.number().int().min(1).max(65_535).default(25),
  /** `OPPORTUNISTIC`: STARTTLS if offered, any certificate. `REQUIRED`: STARTTLS with a valid certificate, or defer. */
  tls: z.enum(['NONE', 'OPPORTUNISTIC', 'REQUIRED']).default('OPPORTUNISTIC'),
})
export type OutboundRoute = z.infer<typeof outboundRoute>

/** One per node, its id is the node's. */
export const nodeSettingsResource = z.object({
  kind: z.literal('NodeSettings'),
  id,
  /** The public name: greeting, EHLO, Received fields, certificate. */
  hostName: domainName,
  /** Suspended: the node refuses new mail and sign-ins with a temporary error, and delivers what it holds. */
  status: resourceStatus,
  maxMessageBytes: z.number().int().min(65_536).max(1_073_741_824).default(52_428_800),
  maxRecipients: z.number().int().min(1).max(50_000).default(1_000),
  outboundRoutes: z.array(outboundRoute).max(1_000).default([]),
  /** Delays in seconds before attempt 2, 3, ...; the last repeats (RFC 5321 section 4.5.4.1). Jitter is added. */
  retryDelays: z.array(z.number().int().min(1)).min(1).max(50).default([60, 300, 900, 1_800, 3_600, 7_200, 14_400]),
  /** Seconds after which an undelivered message bounces. */
  maxQueueAge: z.number().int().min(60).default(432_000),
  /** Days for which the mail of a deleted mailbox stays on disk. */
  purgeAfterDays: z.number().int().min(0).default(30),
  /** Whose access tokens people may sign in with; none: OAUTHBEARER is not offered. */
  oauthIssuers: oauthIssuers.default([]),
})
export type NodeSettingsResource = z.infer<typeof nodeSettingsResource>

export const configResource = z.discriminatedUnion('kind', [
  domainResource,
  mailboxResource,
  aliasResource,
  groupResource,
  forwardResource,
  appPasswordResource,
  sendBudgetResource,
  policyResource,
  nodeSettingsResource,
  banResource,
  queueHoldResource,
  queueCommandResource,
])
export type ConfigResource = z.infer<typeof configResource>
export type ConfigKind = ConfigResource['kind']
export const configKinds = configResource.options.map((option) => option.shape.kind.value)

/** `Kind/id`, the name of a resource in frames, acknowledgements and the change log. */
export type ConfigKey = `${ConfigKind}/${string}`
export const configKey = (resource: { kind: ConfigKind; id: string }): ConfigKey => `${resource.kind}/${resource.id}`
