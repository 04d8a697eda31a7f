/** The shape of each policy's value, as a form holds it: one text, which becomes the value that the API takes. */
import type { PolicyKind } from '../../graphql/graphql.ts'
import { gibibyte, mebibyte } from '../../format/bytes.ts'

type Shape =
  | { form: 'size'; unit: 'GiB' | 'MiB' }
  /** `optional`: empty is no limit. */
  | { form: 'number'; optional: boolean }
  | { form: 'switch' }
  | { form: 'senders' | 'domains' }
  /** The empty text stands for null. */
  | { form: 'choice'; values: readonly string[] }

const limit: Shape = { form: 'number', optional: true }
const count: Shape = { form: 'number', optional: false }
const onOff: Shape = { form: 'switch' }

export const policyShapes: Record<PolicyKind, Shape> = {
  MAILBOX_QUOTA: { form: 'size', unit: 'GiB' },
  MESSAGE_SIZE: { form: 'size', unit: 'MiB' },
  RECIPIENTS_PER_MESSAGE: limit,
  MESSAGES_PER_HOUR: limit,
  MESSAGES_PER_DAY: limit,
  RECIPIENTS_PER_DAY: limit,
  UNUSUAL_SENDING: limit,
  INBOUND_TLS: onOff,
  OUTBOUND_TLS: onOff,
  OUTBOUND_TLS_TO: { form: 'domains' },
  BLOCKED_SENDERS: { form: 'senders' },
  ALLOWED_SENDERS: { form: 'senders' },
  FORWARDING: { form: 'choice', values: ['ANY', 'OWN_DOMAINS', 'NONE'] },
  SUBADDRESS_SEPARATOR: { form: 'choice', values: ['+', '-', '_', '=', '.', ''] },
  DMARC: { form: 'choice', values: ['NOTE', 'JUNK', 'ENFORCE'] },
  DKIM_ROTATION: limit,
  MAIL_LOG_RETENTION: limit,
  PASSWORD_LENGTH: count,
  PASSWORD_REUSE: count,
  APP_PASSWORDS_ONLY: onOff,
  TWO_FACTOR: onOff,
}

export const policyGroups: readonly { key: 'sending' | 'filtering' | 'security'; kinds: readonly PolicyKind[] }[] = [
  {
    key: 'sending',
    kinds: [
      'MAILBOX_QUOTA',
      'MESSAGE_SIZE',
      'RECIPIENTS_PER_MESSAGE',
      'MESSAGES_PER_HOUR',
      'MESSAGES_PER_DAY',
      'RECIPIENTS_PER_DAY',
      'UNUSUAL_SENDING',
    ],
  },
  {
    key: 'filtering',
    kinds: [
      'INBOUND_TLS',
      'OUTBOUND_TLS',
      'OUTBOUND_TLS_TO',
      'BLOCKED_SENDERS',
      'ALLOWED_SENDERS',
      'FORWARDING',
      'SUBADDRESS_SEPARATOR',
      'DMARC',
      'DKIM_ROTATION',
      'MAIL_LOG_RETENTION',
    ],
  },
  { key: 'security', kinds: ['PASSWORD_LENGTH', 'PASSWORD_REUSE', 'APP_PASSWORDS_ONLY', 'TWO_FACTOR'] },
]

const factors = { GiB: gibibyte, MiB: mebibyte } as const

const replayed: readonly PolicyKind[] = [
  'MESSAGE_SIZE',
  'RECIPIENTS_PER_MESSAGE',
  'MESSAGES_PER_HOUR',
  'MESSAGES_PER_DAY',
  'RECIPIENTS_PER_DAY',
  'INBOUND_TLS',
  'BLOCKED_SENDERS',
  'ALLOWED_SENDERS',
  'DMARC',
]
/** Whether the log tells enough of messages to try a change on them. */
export const isReplayed = (kind: PolicyKind): boolean => replayed.includes(kind)

export function toText(kind: PolicyKind, value: unknown): string {
  const shape = policyShapes[kind]
  if (value === null || value === undefined) return ''
  if (shape.form === 'size') return String(Number((Number(value) / factors[shape.unit]).toFixed(3)))
  return Array.isArray(value) ? value.join('\n') : String(value as string | number | boolean)
}

/** Undefined where the text is no value of that kind. */
export function fromText(kind: PolicyKind, text: string): unknown {
  const shape = policyShapes[kind]
  const trimmed = text.trim()
  switch (shape.form) {
    case 'switch':
      return trimmed === 'true'
    case 'senders':
    case 'domains':
      return trimmed.split(/[\s,;]+/).filter(Boolean)
    case 'choice':
      return trimmed === '' ? null : trimmed
    case 'number':
      if (trimmed === '') return shape.optional ? null : undefined
      return /^\d{1,9}$/.test(trimmed) ? Number(trimmed) : undefined
    case 'size': {
      if (trimmed === '') return null
      const decimal = trimmed.replace(',', '.')
      const bytes = /^\d+(\.\d+)?$/.test(decimal) ? Math.round(Number(decimal) * factors[shape.unit]) : Number.NaN
      return Number.isSafeInteger(bytes) ? bytes : undefined
    }
  }
}
