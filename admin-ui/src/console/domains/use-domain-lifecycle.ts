import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { DomainRow } from './domains.queries.ts'

/** What may be done with a domain, for its row and its page alike. */
export const useDomainLifecycle = (shown: Shown<DomainRow>) =>
  useLifecycle(shown, {
    type: 'Domain',
    texts: 'domains',
    touches: ['Tenant'],
    nameOf: (domain) => domain.displayName,
  })
