/** Names of the command line from names of the SDL: `createMailbox` is `mailbox create`, `tenantId` is `--tenant-id`. */

export const kebab = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()

const words = (name: string): string[] => kebab(name).split('-')

/** `signIn`, `signOut`: the second word belongs to the verb, and what is begun or ended is a session. */
const particles = new Set(['in', 'out', 'on', 'off', 'up'])

/** `[group, verb]` of a mutation. `about`: what a mutation of one word is about. */
export function mutationPath(field: string, about: string | null): string[] {
  const [verb = field, ...noun] = words(field)
  // `bulkCreateMailboxes` is `mailbox bulk-create`.
  if (verb === 'bulk' && noun.length > 1) return [singular(noun.slice(1).join('-')), `${verb}-${noun[0]}`]
  if (noun.length === 0) return about ? [about, verb] : [verb]
  if (noun.every((word) => particles.has(word))) return ['session', [verb, ...noun].join('-')]
  return [noun.join('-'), verb]
}

/** `mailEventAdded` is `mail-event watch`, and so is what has no participle at its end. */
export function subscriptionPath(field: string): string[] {
  const all = words(field)
  const last = all.at(-1) ?? ''
  return [(all.length > 1 && last.endsWith('ed') ? all.slice(0, -1) : all).join('-'), 'watch']
}

/** English plurals as the SDL has them. */
export const plural = (noun: string): string =>
  /(?:s|x|ch|sh)$/.test(noun) ? `${noun}es` : /[^aeiou]y$/.test(noun) ? `${noun.slice(0, -1)}ies` : `${noun}s`

const singular = (nouns: string): string =>
  nouns.replace(/(?:(ie)s|(x|s|ch|sh)es|s)$/, (_, y?: string, stem = '') => (y ? 'y' : stem))

export const lowerFirst = (name: string): string => name.slice(0, 1).toLowerCase() + name.slice(1)
