import { graphql } from '../../graphql/graphql.ts'

export const scopeQuery = graphql(`
  query Scope($id: ID!) {
    tenant(id: $id) {
      id
      name
    }
  }
`)
