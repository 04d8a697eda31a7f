/** What one request may cost, refused before any resolver runs; the same rules hold on the socket. */
import { ApolloArmor } from '@escape.tech/graphql-armor'

export const requestLimits = { depth: 6, aliases: 15, tokens: 1_000, directives: 20 }

/** Bytes of a request's body or of a frame of the socket. */
export const maxRequestBytes = 262_144

const armor = new ApolloArmor({
  // A fragment is spelling, not depth: clients that share field lists must not pay for it.
  maxDepth: { n: requestLimits.depth, flattenFragments: true },
  maxAliases: { n: requestLimits.aliases, allowList: [] },
  // graphql's own parser counts tokens; the armour's would answer syntax errors with status 500.
  maxTokens: { enabled: false },
  maxDirectives: { n: requestLimits.directives },
  // operation-cost.ts knows page sizes, variables, and what our fields cost.
  costLimit: { enabled: false },
  blockFieldSuggestion: { enabled: true },
})

/** Plugins and validation rules for Apollo Server. */
export const armorProtection = armor.protect()
