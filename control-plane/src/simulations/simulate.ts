/**
 * A change of policies, tried on the mail of before: each message is decided twice, by what holds now and by what would hold, and
 * what differs is told. What was refused then and would not be now is judged as far as it was told of: it was not read to its end.
 */
import { effectivePolicy, policyKindNames, type PolicyKind, type PolicyLayer } from '@mailfleet/schema'
import type { AdminContext } from '../access/index.js'
import { recordRead } from '../audit/index.js'
import { visibleDomain } from '../domains/index.js'
import { newestMailEvents, type MailEvent } from '../events/index.js'
import { invalidInput } from '../platform/errors.js'
import { draftLayers, type DraftPolicies } from '../policies/index.js'
import { decide, dmarcWantedOf, type Decision, type PastMessage } from './decide.js'
import { SentCounts, type SendLimitKind } from './send-limits.js'
import type { PolicySimulation, SimulatePolicyInput, SimulationExample } from './simulation.types.js'

const maxDays = 90
const maxEvents = 50_000
const maxExamples = 20
const maxChanges = 200

const sendLimits = ['MESSAGES_PER_HOUR', 'MESSAGES_PER_DAY', 'RECIPIENTS_PER_DAY'] as const
const replayed: readonly PolicyKind[] = [
  'MESSAGE_SIZE',
  'RECIPIENTS_PER_MESSAGE',
  'INBOUND_TLS',
  'BLOCKED_SENDERS',
  'ALLOWED_SENDERS',
  'DMARC',
  ...sendLimits,
]

interface Replayed {
  event: MailEvent
  message: PastMessage
}

export async function simulatePolicy(context: AdminContext, input: SimulatePolicyInput): Promise<PolicySimulation> {
  const { days, policies } = input
  if (days < 1 || days > maxDays) throw invalidInput(['days'], `From 1 to ${maxDays}.`, { min: 1, max: maxDays })
  const draft = await draftLayers(context, policies)
  const since = new Date(Date.now() - days * 86_400_000)
  const within =
    policies.target === 'TENANT' ? { withinId: policies.objectId } : { domainId: draft.object.domainId ?? null }
  const filter = { ...within, since, types: ['ACCEPTED', 'DELIVERED', 'REFUSED'] as const }
  // Whoever tries a policy on the log looks into it.
  await recordRead(context, { subjectType: 'MailEvent', request: { simulation: input } })
  const events = await newestMailEvents(context, { ...filter, types: [...filter.types] }, maxEvents + 1)
  const isComplete = events.length <= maxEvents
  const messages = messagesOf(events.slice(0, maxEvents), policies.target === 'MAILBOX' ? policies.objectId : null)
  const layers = await layersOf(context, draft, messages)
  const changes = differences(messages, layers)
  return {
    messages: messages.length,
    isComplete,
    since: messages.length === 0 ? since : new Date(Math.min(...messages.map(({ message }) => message.at))),
    changed: changes.reduce((sum, { examples }) => sum + examples.length, 0),
    changes: (
      await Promise.all(
        changes.slice(0, maxChanges).map(async ({ examples, domainId, ...change }) => ({
          ...change,
          domain: await visibleDomain(context, domainId),
          messages: examples.length,
        })),
      )
    ).sort((a, b) => b.messages - a.messages),
    examples: examplesOf(changes),
    notReplayed: changedKinds(input).filter((kind) => !replayed.includes(kind)),
  }
}

const changedKinds = ({ policies }: SimulatePolicyInput): PolicyKind[] => {
  const kinds = new Set([...policies.set.map(({ kind }) => kind), ...policies.unset])
  return policyKindNames.filter((kind) => kinds.has(kind))
}

/** In the order of time. Of a message from outside each delivery is one; of what was submitted, its being accepted. */
function messagesOf(events: readonly MailEvent[], mailboxId: string | null): Replayed[] {
  const authentication = new Map<string, string>()
  for (const event of events)
    if (event.type === 'ACCEPTED' && event.transactionId !== null && event.authentication !== null)
      authentication.set(event.transactionId, event.authentication)
  const found = events.flatMap((event): Replayed[] => {
    const submitted = event.protocol === 'SUBMISSION'
    if (mailboxId !== null && event.mailboxId !== mailboxId) return []
    if (event.type === 'ACCEPTED' ? !submitted : event.type === 'DELIVERED' ? event.direction !== 'IN' : false)
      return []
    // What no policy refused is no matter of policies.
    if (event.type === 'REFUSED' && event.policyKind === null) return []
    const told = event.authentication ?? authentication.get(event.transactionId ?? '') ?? null
    const { sender, remoteIp, tls, size, recipientCount: recipients } = event
    const message = {
      at: event.at.getTime(),
      submitted,
      mailboxId: event.mailboxId,
      sender,
      remoteIp,
      tls,
      size,
      recipients,
      dmarcWanted: dmarcWantedOf(told),
    }
    return [{ event, message }]
  })
  return found.sort((a, b) => a.message.at - b.message.at)
}

interface Pair {
  now: readonly PolicyLayer[]
  then: readonly PolicyLayer[]
}

async function layersOf(context: AdminContext, draft: DraftPolicies, messages: readonly Replayed[]) {
  const keyOf = ({ event }: Replayed): string => `${event.domainId ?? ''} ${event.mailboxId ?? ''}`
  const objects = new Map(
    messages.map((one) => [keyOf(one), { domainId: one.event.domainId, mailboxId: one.event.mailboxId }]),
  )
  const keys = [...objects.keys()]
  const pairs = await draft.layersOf(context, [...objects.values()])
  const byKey = new Map(keys.map((key, index) => [key, pairs[index]!]))
  return (one: Replayed): Pair => byKey.get(keyOf(one))!
}

interface Change {
  kind: PolicyKind
  before: Decision['outcome']
  after: Decision['outcome']
  domainId: string | null
  examples: MailEvent[]
}

function differences(messages: readonly Replayed[], layersOf: (one: Replayed) => Pair): Change[] {
  const sent = { now: new Map<string, SentCounts>(), then: new Map<string, SentCounts>() }
  const changes = new Map<string, Change>()
  for (const one of messages) {
    const pair = layersOf(one)
    const judge = (when: keyof Pair): Decision => {
      const decision = decide(pair[when], one.message)
      return decision.outcome === 'DELIVERED' ? (limited(sent[when], pair[when], one.message) ?? decision) : decision
    }
    const [before, after] = [judge('now'), judge('then')]
    const kind = after.kind ?? before.kind
    if (before.outcome === after.outcome || kind === null) continue
    const { domainId } = one.event
    const key = `${kind} ${before.outcome} ${after.outcome} ${domainId}`
    const change = changes.get(key) ?? { kind, before: before.outcome, after: after.outcome, domainId, examples: [] }
    change.examples.push(one.event)
    changes.set(key, change)
  }
  return [...changes.values()].sort((a, b) => b.examples.length - a.examples.length)
}

function limited(
  counts: Map<string, SentCounts>,
  layers: readonly PolicyLayer[],
  { submitted, mailboxId, at, recipients }: PastMessage,
): Decision | null {
  if (!submitted || mailboxId === null) return null
  const limits = Object.fromEntries(sendLimits.map((kind) => [kind, effectivePolicy(kind, layers).value])) as Record<
    SendLimitKind,
    number | null
  >
  const own = counts.get(mailboxId) ?? new SentCounts()
  counts.set(mailboxId, own)
  const broken = own.take(at, recipients ?? 1, limits)
  return broken && { outcome: 'DEFERRED', kind: broken }
}

/** Of each change some, the most frequent changes first. */
function examplesOf(changes: readonly Change[]): SimulationExample[] {
  const each = Math.max(1, Math.floor(maxExamples / Math.max(1, changes.length)))
  return changes
    .flatMap(({ examples, kind, before, after }) =>
      examples.slice(-each).map((event) => ({ event, kind, before, after })),
    )
    .slice(0, maxExamples)
}
