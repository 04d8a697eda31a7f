/**
 * What the console offers. The server's CASL rules decide; here they only hide what would be refused anyway. Rules carry
 * conditions on columns that the console does not see, so that a question is about a type: "may I ever".
 */
import { createMongoAbility, type MongoAbility, type RawRuleOf } from '@casl/ability'
import { unpackRules, type PackRule } from '@casl/ability/extra'

export type ConsoleAbility = MongoAbility

export function abilityOf(packedRules: string): ConsoleAbility {
  const parsed: unknown = JSON.parse(packedRules)
  if (!Array.isArray(parsed)) throw new TypeError('packedRules is no list')
  return createMongoAbility(unpackRules(parsed as PackRule<RawRuleOf<ConsoleAbility>>[]))
}

export const nobody = (): ConsoleAbility => createMongoAbility([])
