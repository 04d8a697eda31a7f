/**
 * What an enrolled node may do: read its own stream, answer it, report itself, and hand in events of domains that it serves or
 * served. Everything else is denied, by having no rule.
 */
import { createMongoAbility, subject, type MongoAbility } from '@casl/ability'

export type NodeAbility = MongoAbility

export function abilityOfNode(mailNodeId: string): NodeAbility {
  return createMongoAbility([
    { action: 'subscribe', subject: 'ConfigStream', conditions: { mailNodeId } },
    { action: 'acknowledge', subject: 'ConfigStream', conditions: { mailNodeId } },
    { action: 'report', subject: 'NodeStatus', conditions: { mailNodeId } },
    { action: 'hold', subject: 'AuditCheckpoint', conditions: { mailNodeId } },
    { action: 'ingest', subject: 'MailEvent', conditions: { mailNodeId, servedBy: mailNodeId } },
  ])
}

/** An event that `mailNodeId` hands in, of a domain that `servedBy` serve or served. */
export const eventOf = (mailNodeId: string, servedBy: readonly string[]) =>
  subject('MailEvent', { mailNodeId, servedBy: [...servedBy] })
