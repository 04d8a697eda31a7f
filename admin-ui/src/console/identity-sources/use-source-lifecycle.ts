import { useLifecycle, type Shown } from '../lifecycle/use-lifecycle.ts'
import type { IdentitySourceRow } from './identity-sources.queries.ts'

export const useSourceLifecycle = (shown: Shown<IdentitySourceRow>) =>
  useLifecycle(shown, {
    type: 'IdentitySource',
    texts: 'sources',
    touches: ['Administrator'],
    nameOf: (source) => source.name,
  })
