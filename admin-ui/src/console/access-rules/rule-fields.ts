import { graphql, type ResultOf } from '../../graphql/graphql.ts'

export const ruleFields = graphql(`
  fragment RuleFields on AccessRule {
    effect
    actions
    subjects
    fields
    scope
    domainIds
    expiresAt
  }
`)
export type AccessRule = ResultOf<typeof ruleFields>
