import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

const budgetLineFields = graphql(`
  fragment BudgetLineFields on BudgetLine {
    allotted
    used
    handedDown
    remaining
  }
`)

export const budgetQuery = graphql(
  `
    query Budget($id: ID!) {
      object: tenant(id: $id) {
        id
        name
        budget {
          version
          oversell
          domains {
            ...BudgetLineFields
          }
          mailboxes {
            ...BudgetLineFields
          }
          storage {
            ...BudgetLineFields
          }
          sendsPerDay {
            ...BudgetLineFields
          }
        }
      }
      notices: budgetNotices(first: 5, filter: { withinId: $id }) {
        nodes {
          id
          resource
          kind
          allotted
          amount
          createdAt
          tenant {
            id
            name
          }
        }
      }
    }
  `,
  [budgetLineFields],
)
export type Budget = NonNullable<NonNullable<ResultOf<typeof budgetQuery>['object']>['budget']>
export type BudgetNotice = ResultOf<typeof budgetQuery>['notices']['nodes'][number]

export const updateBudgetMutation = graphql(
  `
    mutation UpdateBudget($input: UpdateBudgetInput!) {
      payload: updateBudget(input: $input) {
        tenant {
          id
          budget {
            version
          }
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
