import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { DomainRow } from './domains.queries.ts'

/** What may be done with a domain, for its row and its page alike. */
export function useDomainLifecycle(shown: Shown<DomainRow>) {
  const lifecycle = useLifecycle(shown, {
    type: 'Domain',
    texts: 'domains',
    touches: ['Tenant'],
    nameOf: (domain) => domain.displayName,
  })
  const { actionsOf } = lifecycle
  // What is deleted is restored first: the notice on its page does that.
  return Object.assign(lifecycle, { actionsOf: (domain: DomainRow) => (domain.deletedAt ? [] : actionsOf(domain)) })
}
