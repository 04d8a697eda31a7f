/**
 * Writes the API's two contracts, schema/admin.graphql and schema/node.graphql, as the resolvers are. With `--check` it writes
 * nothing and exits 1 where a file is not what would be written.
 */
import 'reflect-metadata'
import { readFile, writeFile } from 'node:fs/promises'
import { printSchema, type GraphQLSchema } from 'graphql'
import { createAdminSchema } from './admin-schema.js'
import { createNodeSchema } from './nodes/index.js'

interface Contract {
  create: () => GraphQLSchema
  description: string
}

const contracts: Record<string, Contract> = {
  'admin.graphql': {
    create: createAdminSchema,
    description: `The Mailfleet admin API.

Emitted from the resolvers; do not edit. Every list is a Relay connection. Expected failures are \`errors\` in a payload; the
rest are GraphQL errors whose \`extensions\` have the same \`code\`, \`params\` and, for INTERNAL, a \`correlationId\`.`,
  },
  'node.graphql': {
    create: createNodeSchema,
    description: `The node API: graphql-ws on /node for an enrolled node, one HTTP mutation for enrolment.

Emitted from the resolvers; do not edit. connection_init carries \`{ token }\`: a JWT (EdDSA, RFC 8037) that the node signs with
the key it made: \`iss\` and \`sub\` its node id, \`aud\` "mailfleet-node", \`exp\` at most 60 s ahead, \`jti\` random and accepted
once. Only resources of domains placed on that node pass.`,
  },
}

const check = process.argv.includes('--check')
for (const [name, { create, description }] of Object.entries(contracts)) {
  const file = new URL(`../../schema/${name}`, import.meta.url)
  const schema = create()
  schema.description = description
  const emitted = `${printSchema(schema)}\n`
  if (!check) {
    await writeFile(file, emitted)
  } else if ((await readFile(file, 'utf8')) !== emitted) {
    process.stderr.write(`schema/${name} is stale: run node control-plane/dist/emit-schemas.js\n`)
    process.exitCode = 1
  }
}
