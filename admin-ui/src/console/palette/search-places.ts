/** Where what was found is shown: one object, or the list of all that were. */
import type { RouteLocationRaw } from 'vue-router'
import type { SearchKind } from '../../graphql/graphql.ts'
import type { SearchGroup } from './palette.queries.ts'

/** The API looks at nothing shorter. */
export const shortestSearch = 3
export const isSearchable = (text: string): boolean => (text.match(/[\p{L}\p{N}]/gu)?.length ?? 0) >= shortestSearch

/** Pages of single objects; other kinds are shown in their lists. */
const pages: Partial<Record<SearchKind, string>> = {
  TENANT: 'tenants',
  DOMAIN: 'domain',
  MAILBOX: 'mailbox',
  MAIL_NODE: 'node',
}
const lists: Partial<Record<SearchKind, string>> = {
  DOMAIN: 'domains',
  MAILBOX: 'mailboxes',
  ALIAS: 'aliases',
  GROUP: 'groups',
  ADMINISTRATOR: 'administrators',
  MAIL_NODE: 'nodes',
}

export function placeOf(kind: SearchKind, hit: SearchGroup['hits'][number]): RouteLocationRaw | undefined {
  if (kind === 'MESSAGE') return hit.event?.messageId ? { name: 'log', query: { mid: hit.event.messageId } } : undefined
  const page = pages[kind]
  if (page !== undefined && hit.node) return { name: page, params: { id: hit.node.id } }
  const list = lists[kind]
  return list === undefined ? undefined : { name: list, query: { q: hit.label } }
}

export const listOf = (kind: SearchKind, text: string): RouteLocationRaw | undefined =>
  lists[kind] === undefined ? undefined : { name: lists[kind], query: { q: text } }
