/**
 * What webhooks tell of. One entry each: mail events as nodes report them, and changes of objects as the audit trail has them. A name
 * is `<kind>.<what>` towards receivers, and the same in capitals in the API.
 */
import { mailEventType } from '@mailfleet/schema'
import { subjectKinds, subjectNames, type SubjectName } from '../access/index.js'

export interface WebhookEventKind {
  /** As receivers see it. */
  name: string
  /** The kind of object that one must be able to read. */
  subject: SubjectName
}

/** Kinds of objects whose changes no webhook tells of, and why. Of every other kind there is, and of one that is new tomorrow. */
export const untold = {
  MailEvent: 'told by kinds of their own',
  QueuedMessage: 'told by mail events',
  AuditEntry: 'what tells of all others',
  Session: 'each time that anybody signs in would be one; the trail has them',
} as const satisfies Partial<Record<SubjectName, string>>

const objects = subjectNames.filter((name) => !(name in untold))
const happenings = ['CREATED', 'UPDATED', 'DELETED'] as const

const snake = (name: string): string => name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
export const objectEventName = (subjectType: string, change: string): string =>
  `${snake(subjectType)}.${change.toLowerCase()}`
export const mailEventName = (type: string): string => `mail.${type.toLowerCase()}`
export const pingName = 'webhook.ping'

const kinds: WebhookEventKind[] = [
  ...mailEventType.options.map((type) => ({ name: mailEventName(type), subject: 'MailEvent' as const })),
  ...objects.flatMap((subject) =>
    happenings.map((happening) => ({ name: objectEventName(subject, happening), subject })),
  ),
]

export const enumNameOf = (name: string): string => name.replace('.', '_').toUpperCase()
/** By their names in the API. */
export const webhookEventKinds: ReadonlyMap<string, WebhookEventKind> = new Map(
  kinds.map((kind) => [enumNameOf(kind.name), kind]),
)
export const WebhookEventTypeEnum = Object.fromEntries(
  [...webhookEventKinds.keys(), enumNameOf(pingName)].map((name) => [name, name]),
)

/** Whether such objects are in a domain, so that a webhook of some domains can tell of them. */
export const isInDomain = ({ subject }: WebhookEventKind): boolean => subjectKinds[subject].domain !== undefined

const happened = { CREATED: 'was made', UPDATED: 'was changed', DELETED: 'was deleted' }

/** For people: by the names in the API. */
export const eventDescriptions = (): [name: string, description: string][] => [
  ...mailEventType.options.map((type): [string, string] => {
    const name = mailEventName(type)
    return [enumNameOf(name), `Receivers see \`${name}\`: a node told of such a mail event.`]
  }),
  ...objects.flatMap((subject) =>
    happenings.map((happening): [string, string] => {
      const name = objectEventName(subject, happening)
      return [
        enumNameOf(name),
        `Receivers see \`${name}\`: an object of the kind \`${subject}\` ${happened[happening]}.`,
      ]
    }),
  ),
  [enumNameOf(pingName), `Receivers see \`${pingName}\`: somebody called \`pingWebhook\`.`],
]
