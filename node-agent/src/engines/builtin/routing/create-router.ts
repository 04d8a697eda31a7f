/** The router over the node's directory: always the config in force at the moment of the question. */
import { domainOf } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import { Expansion, TooManyDestinationsError } from './expansion.js'
import type { Resolution, Router } from './router.js'

export function createRouter(directory: Directory): Router {
  return {
    resolve(address, mayPost = () => false): Resolution {
      const domain = directory.domain(domainOf(address))
      if (domain === undefined) return { type: 'foreign' }
      const expansion = new Expansion(directory, mayPost)
      try {
        expansion.local(address, domain)
      } catch (error) {
        if (error instanceof TooManyDestinationsError) return { type: 'loop', domain }
        throw error
      }
      const { destinations, deadEnds } = expansion
      if (destinations.length > 0) return { type: 'local', domain, destinations }
      // What may pass (suspension) outranks what is final, so that no mail is refused for good that could come later.
      for (const type of ['suspended', 'loop', 'refused'] as const) if (deadEnds.has(type)) return { type, domain }
      return { type: 'unknown', domain }
    },
  }
}
