/** The API's contracts: the files of schema/ that are emitted from the resolvers. */
import type { GraphQLSchema } from 'graphql'
import { createAdminSchema } from './admin-schema.js'
import { createNodeSchema } from './nodes/index.js'

const described = (schema: GraphQLSchema, description: string): GraphQLSchema => {
  schema.description = description
  return schema
}

export const contracts: Record<string, () => GraphQLSchema> = {
  'admin.graphql': () =>
    described(
      createAdminSchema(),
      `The Mailfleet admin API.

Emitted from the resolvers; do not edit. Every list is a Relay connection. Expected failures are \`errors\` in a payload; the
rest are GraphQL errors whose \`extensions\` have the same \`code\`, \`params\` and, for INTERNAL, a \`correlationId\`.`,
    ),
  'node.graphql': () =>
    described(
      createNodeSchema(),
      `The node API: graphql-ws on /node for an enrolled node, one HTTP mutation for enrolment.

Emitted from the resolvers; do not edit. connection_init carries \`{ token }\`: a JWT (EdDSA, RFC 8037) that the node signs with
the key it made: \`iss\` and \`sub\` its node id, \`aud\` "mailfleet-node", \`exp\` at most 60 s ahead, \`jti\` random and accepted
once. Only resources of domains placed on that node pass.`,
    ),
}
