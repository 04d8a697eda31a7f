/** An outbound route while it is edited: everything is text until it is sent. */
import { isDomainName, isPort } from '../../forms/checks.ts'
import type { OutboundTls } from '../../graphql/graphql.ts'

export interface RouteDraft {
  domain: string
  host: string
  port: string
  tls: OutboundTls
}

export const toDraft = (route: { domain: string; host: string; port: number; tls: OutboundTls }): RouteDraft => ({
  ...route,
  port: String(route.port),
})

export const fromDraft = (draft: RouteDraft) => ({
  domain: draft.domain.trim(),
  host: draft.host.trim(),
  port: Number(draft.port),
  tls: draft.tls,
})

/** The field that is wrong, if any. */
export function routeError(draft: RouteDraft): 'domain' | 'host' | 'port' | undefined {
  if (draft.domain.trim() !== '*' && !isDomainName(draft.domain)) return 'domain'
  if (!/^[^\s/]+$/.test(draft.host.trim())) return 'host'
  return isPort(draft.port) ? undefined : 'port'
}
