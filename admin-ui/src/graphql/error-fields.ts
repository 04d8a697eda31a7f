import { graphql } from './graphql.ts'

/** What every mutation asks of its `errors`. */
export const errorFields = graphql(`
  fragment ErrorFields on MutationError {
    code
    message
    path
    params {
      name
      value
    }
  }
`)
