/**
 * The one catalogue of policies: what can be ruled, the shape and unit of its value, what holds where nobody says anything, and how
 * the values of several levels become one. A kind is never renamed or given another meaning; a new one is an entry here, and what
 * enforces it asks for its effective value (effective-policy.ts). Spam thresholds, quarantine, IP pools and legal hold fit the same way.
 */
import { z } from 'zod'
import { normalizeDomainPattern } from './domain-pattern.js'
import { normalizeSenderPattern } from './sender-pattern.js'

/**
 * `OVERRIDE`: the level nearest to the mailbox decides. `STRICTER`: the strictest of all levels holds. `UNION`: lists add up.
 */
export type PolicyMerge = 'OVERRIDE' | 'STRICTER' | 'UNION'

/** `FIXED`: nothing below changes the value. `STRICTER`: what is below may only be stricter. */
export const policyLock = z.enum(['FIXED', 'STRICTER'])
export type PolicyLock = z.infer<typeof policyLock>

export const policyLevels = ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN', 'MAILBOX'] as const
export const policyLevel = z.enum(policyLevels)
export type PolicyLevel = z.infer<typeof policyLevel>

interface PolicyDefinition<Value> {
  value: z.ZodType<Value>
  /** What a number counts; null for what is no number. */
  unit: 'BYTES' | 'MESSAGES' | 'RECIPIENTS' | 'CHARACTERS' | 'DAYS' | 'PASSWORDS' | null
  /** What holds where no level says anything. */
  fallback: Value
  merge: PolicyMerge
  /** The stricter of two values; absent where no order exists, and then only FIXED locks do. */
  stricter?: (one: Value, other: Value) => Value
  /** Where it can be set. */
  levels: readonly PolicyLevel[]
}

const define = <Value>(definition: PolicyDefinition<Value>): PolicyDefinition<Value> => definition

/** null is no limit. */
const limit = (minimum: number, maximum: number) => z.number().int().min(minimum).max(maximum).nullable()
const lower = (one: number | null, other: number | null): number | null =>
  one === null ? other : other === null ? one : Math.min(one, other)
const either = (one: boolean, other: boolean): boolean => one || other

const tenantLevels = ['PLATFORM', 'RESELLER', 'CUSTOMER'] as const
const maxBytes = Number.MAX_SAFE_INTEGER
const maxListed = 1_000

const listOf = (normalize: (input: string) => string | null, message: string): z.ZodType<string[]> => {
  const entry = z.string().transform((input, context) => {
    const pattern = normalize(input)
    if (pattern !== null) return pattern
    context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  const list = z.array(entry).max(maxListed)
  return list.transform((entries) => [...new Set(entries)].sort()) as unknown as z.ZodType<string[]>
}
const senderList = listOf(normalizeSenderPattern, 'must be an address, a domain, an IP address or a network')
const domainList = listOf(normalizeDomainPattern, 'must be a domain')

const forwardingOrder = ['NONE', 'OWN_DOMAINS', 'ANY'] as const
export type Forwarding = (typeof forwardingOrder)[number]

const dmarcOrder = ['NOTE', 'JUNK', 'ENFORCE'] as const

export const policyKinds = {
  /** Bytes that a mailbox may hold; at the level of the mailbox its own `quotaBytes` says it. */
  MAILBOX_QUOTA: define<number | null>({
    value: limit(0, maxBytes),
    unit: 'BYTES',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN'],
  }),
  /** Of one message, sent or received; the node's own limit holds beside it. */
  MESSAGE_SIZE: define<number | null>({
    value: limit(65_536, maxBytes),
    unit: 'BYTES',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: policyLevels,
  }),
  /** Of one message that somebody submits. */
  RECIPIENTS_PER_MESSAGE: define<number | null>({
    value: limit(1, 50_000),
    unit: 'RECIPIENTS',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: policyLevels,
  }),
  /** Submitted by one mailbox within any sixty minutes. */
  MESSAGES_PER_HOUR: define<number | null>({
    value: limit(0, 1_000_000),
    unit: 'MESSAGES',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: policyLevels,
  }),
  /** Submitted by one mailbox within any twenty-four hours. */
  MESSAGES_PER_DAY: define<number | null>({
    value: limit(0, 10_000_000),
    unit: 'MESSAGES',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: policyLevels,
  }),
  RECIPIENTS_PER_DAY: define<number | null>({
    value: limit(0, 10_000_000),
    unit: 'RECIPIENTS',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: policyLevels,
  }),
  /** Recipients within an hour beyond which a mailbox that never sent as much is held: see control-plane/src/queue. */
  UNUSUAL_SENDING: define<number | null>({
    value: limit(1, 10_000_000),
    unit: 'RECIPIENTS',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: policyLevels,
  }),
  /** Mail from outside only over TLS. Submission is never taken without. */
  INBOUND_TLS: define<boolean>({
    value: z.boolean(),
    unit: null,
    fallback: false,
    merge: 'OVERRIDE',
    stricter: either,
    levels: policyLevels,
  }),
  /** Mail to the outside only over TLS with a certificate that is valid for the host; else it waits, and bounces in the end. */
  OUTBOUND_TLS: define<boolean>({
    value: z.boolean(),
    unit: null,
    fallback: false,
    merge: 'OVERRIDE',
    stricter: either,
    levels: ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN'],
  }),
  /** The same for mail to these domains, whatever `OUTBOUND_TLS` says. */
  OUTBOUND_TLS_TO: define<string[]>({
    value: domainList,
    unit: null,
    fallback: [],
    merge: 'UNION',
    stricter: (one, other) => union(one, other),
    levels: ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN'],
  }),
  /** Whose mail from outside is refused. */
  BLOCKED_SENDERS: define<string[]>({
    value: senderList,
    unit: null,
    fallback: [],
    merge: 'UNION',
    stricter: (one, other) => union(one, other),
    levels: policyLevels,
  }),
  /** Whose mail is taken although it is blocked, unless the block is locked above. */
  ALLOWED_SENDERS: define<string[]>({
    value: senderList,
    unit: null,
    fallback: [],
    merge: 'UNION',
    levels: policyLevels,
  }),
  /** Where mailboxes may forward their mail to. What is not allowed stays in the mailbox. */
  FORWARDING: define<Forwarding>({
    value: z.enum(forwardingOrder),
    unit: null,
    fallback: 'ANY',
    merge: 'OVERRIDE',
    stricter: (one, other) => forwardingOrder[Math.min(forwardingOrder.indexOf(one), forwardingOrder.indexOf(other))]!,
    levels: policyLevels,
  }),
  /** What divides a local part from its tag (RFC 5233); null offers no tags. */
  SUBADDRESS_SEPARATOR: define<string | null>({
    value: z.enum(['+', '-', '_', '=', '.']).nullable() as z.ZodType<string | null>,
    unit: null,
    fallback: '+',
    merge: 'OVERRIDE',
    levels: ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN'],
  }),
  /**
   * What becomes of mail from outside that fails DMARC where the author's domain asks for it: only noted; junk, also where it asks for
   * refusal, since mailing lists break signatures (RFC 9989 section 7.4); or as the domain asks.
   */
  DMARC: define<'NOTE' | 'JUNK' | 'ENFORCE'>({
    value: z.enum(dmarcOrder),
    unit: null,
    fallback: 'JUNK',
    merge: 'OVERRIDE',
    stricter: (one, other) => dmarcOrder[Math.max(dmarcOrder.indexOf(one), dmarcOrder.indexOf(other))]!,
    levels: policyLevels,
  }),
  /** The age at which a domain's DKIM key is to be followed by a new one; null leaves that to people. */
  DKIM_ROTATION: define<number | null>({
    value: limit(7, 3_650),
    unit: 'DAYS',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN'],
  }),
  /** How long the mail log is kept; null: for ever. What nobody keeps any more is deleted by whole days. */
  MAIL_LOG_RETENTION: define<number | null>({
    value: limit(1, 3_650),
    unit: 'DAYS',
    fallback: null,
    merge: 'OVERRIDE',
    stricter: lower,
    levels: ['PLATFORM', 'RESELLER', 'CUSTOMER', 'DOMAIN'],
  }),
  /** Of new passwords, of mailboxes and administrators. */
  PASSWORD_LENGTH: define<number>({
    value: z.number().int().min(8).max(128),
    unit: 'CHARACTERS',
    fallback: 8,
    merge: 'STRICTER',
    stricter: Math.max,
    levels: policyLevels,
  }),
  /** How many former passwords may not be taken again. */
  PASSWORD_REUSE: define<number>({
    value: z.number().int().min(0).max(24),
    unit: 'PASSWORDS',
    fallback: 0,
    merge: 'STRICTER',
    stricter: Math.max,
    levels: policyLevels,
  }),
  /** Mail programs sign in by app passwords alone: the mailbox's own password is for where a second factor is asked for. */
  APP_PASSWORDS_ONLY: define<boolean>({
    value: z.boolean(),
    unit: null,
    fallback: false,
    merge: 'STRICTER',
    stricter: either,
    levels: policyLevels,
  }),
  /** Administrators sign in with a second factor. */
  TWO_FACTOR: define<boolean>({
    value: z.boolean(),
    unit: null,
    fallback: false,
    merge: 'STRICTER',
    stricter: either,
    levels: tenantLevels,
  }),
}

export type PolicyKind = keyof typeof policyKinds
export type PolicyValue<Kind extends PolicyKind> = (typeof policyKinds)[Kind]['fallback']
export const policyKindNames = Object.keys(policyKinds) as PolicyKind[]
export const isPolicyKind = (name: string): name is PolicyKind => Object.hasOwn(policyKinds, name)

/** The entry of a kind that is known only when it runs. */
export const policyDefinition = (kind: PolicyKind): PolicyDefinition<unknown> =>
  policyKinds[kind] as unknown as PolicyDefinition<unknown>

export const locksOf = (kind: PolicyKind): PolicyLock[] =>
  policyDefinition(kind).stricter ? ['FIXED', 'STRICTER'] : ['FIXED']

export function union(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])].sort()
}
