/** The schema of schema/node.graphql. */
import type { GraphQLSchema } from 'graphql'
import { createSchema } from '../../platform/graphql/build-schema.js'
import { NodeLinkResolver } from './node-link.resolver.js'
import { AuditCheckpointResolver } from './audit-checkpoint.resolver.js'
import { nodeGuard } from './node-permissions.js'

export const createNodeSchema = (): GraphQLSchema =>
  createSchema({ resolvers: [NodeLinkResolver, AuditCheckpointResolver], guard: nodeGuard })
