import type { PolicyKind, PolicyLayer } from '@mailfleet/schema'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decide, dmarcWantedOf, outcomes, type PastMessage } from './decide.js'
import { SentCounts } from './send-limits.js'

const saying = (settings: Partial<Record<PolicyKind, unknown>>): PolicyLayer[] => [
  {
    origin: { level: 'DOMAIN', policyId: 'p', objectId: 'd', revision: 1 },
    settings: Object.fromEntries(Object.entries(settings).map(([kind, value]) => [kind, { value }])),
  },
]
const message: PastMessage = {
  at: 0,
  submitted: false,
  mailboxId: 'm',
  sender: 'a@b.example',
  remoteIp: '192.0.2.1',
  tls: null,
  size: 100_000,
  recipients: null,
  dmarcWanted: 'reject',
}

test.each<[Partial<Record<PolicyKind, unknown>>, Partial<PastMessage>, string, PolicyKind | null]>([
  [{}, {}, 'JUNK', 'DMARC'],
  [{ DMARC: 'NOTE' }, {}, 'DELIVERED', null],
  [{ DMARC: 'ENFORCE' }, {}, 'REFUSED', 'DMARC'],
  [{ DMARC: 'ENFORCE' }, { dmarcWanted: 'quarantine' }, 'JUNK', 'DMARC'],
  [{ DMARC: 'ENFORCE' }, { dmarcWanted: null }, 'DELIVERED', null],
  [{ BLOCKED_SENDERS: ['b.example'] }, {}, 'REFUSED', 'BLOCKED_SENDERS'],
  [{ BLOCKED_SENDERS: ['b.example'], ALLOWED_SENDERS: ['a@b.example'] }, {}, 'JUNK', 'DMARC'],
  [{ BLOCKED_SENDERS: ['192.0.2.0/24'] }, { submitted: true }, 'DELIVERED', null],
  [{ INBOUND_TLS: true }, {}, 'REFUSED', 'INBOUND_TLS'],
  [{ INBOUND_TLS: true, DMARC: 'NOTE' }, { tls: 'TLSv1.3' }, 'DELIVERED', null],
  [{ MESSAGE_SIZE: 99_999 }, {}, 'REFUSED', 'MESSAGE_SIZE'],
  [{ MESSAGE_SIZE: 99_999, DMARC: 'NOTE' }, { size: null }, 'DELIVERED', null],
  [{ RECIPIENTS_PER_MESSAGE: 3 }, { submitted: true, recipients: 3 }, 'DELIVERED', null],
  [{ RECIPIENTS_PER_MESSAGE: 3 }, { submitted: true, recipients: 4 }, 'REFUSED', 'RECIPIENTS_PER_MESSAGE'],
])('%j decides about %j: %s by %s', (settings, fields, outcome, kind) => {
  expect(decide(saying(settings), { ...message, ...fields })).toEqual({ outcome, kind })
})

test('a stricter DMARC never lets more through', () => {
  const order = ['NOTE', 'JUNK', 'ENFORCE']
  const wanted = fc.constantFrom('none', 'quarantine', 'reject', null) as fc.Arbitrary<PastMessage['dmarcWanted']>
  fc.assert(
    fc.property(wanted, fc.nat(2), fc.nat(2), (dmarcWanted, one, other) => {
      const rank = (index: number) =>
        outcomes.indexOf(decide(saying({ DMARC: order[index] }), { ...message, dmarcWanted }).outcome)
      if (one <= other) expect(rank(one)).toBeLessThanOrEqual(rank(other))
    }),
  )
})

test.each([
  [null, null],
  ['spf=pass; dmarc=pass header.from=x', 'none'],
  ['spf=fail; dmarc=fail header.from=x policy.published-domain-policy=none', 'none'],
  ['dmarc=fail header.from=x policy.published-domain-policy=quarantine', 'quarantine'],
  ['dmarc=fail policy.published-domain-policy=quarantine; dmarc=fail policy.published-domain-policy=reject', 'reject'],
  ['dkim=fail reason="; dmarc=failpolicy.published-domain-policy=reject"', 'none'],
])('what %s asks for: %s', (authentication, wanted) => {
  expect(dmarcWantedOf(authentication)).toBe(wanted)
})

test('limits over a time slide, and what they turn away does not count', () => {
  const counts = new SentCounts()
  const limits = { MESSAGES_PER_HOUR: 2, MESSAGES_PER_DAY: 3, RECIPIENTS_PER_DAY: 10 }
  const minute = 60_000
  const take = (minutes: number, recipients = 1) => counts.take(minutes * minute, recipients, limits)
  expect([take(0), take(1), take(2), take(58)]).toEqual([null, null, 'MESSAGES_PER_HOUR', 'MESSAGES_PER_HOUR'])
  expect([take(61, 9), take(61), take(62)]).toEqual(['RECIPIENTS_PER_DAY', null, 'MESSAGES_PER_DAY'])
  expect(take(24 * 60 + 1)).toBe(null)
})
