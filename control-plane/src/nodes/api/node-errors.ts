/** Errors of the node API as they are told: those with a code of the catalogue as they are, the rest as the admin API tells them. */
import { isErrorCode } from '@mailfleet/schema'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { createErrorFormatter } from '../../platform/graphql/errors.js'
import type { Logger } from '../../platform/logger.js'

export type NodeErrorFormatter = (error: GraphQLError) => GraphQLFormattedError

export function createNodeErrorFormatter(logger: Logger): NodeErrorFormatter {
  const format = createErrorFormatter(logger)
  return (error) => {
    const cause = error.originalError ?? error
    const code = cause instanceof GraphQLError ? cause.extensions.code : undefined
    if (typeof code === 'string' && isErrorCode(code))
      return { message: error.message, ...(error.path && { path: error.path }), extensions: { code, params: [] } }
    return format(error.toJSON(), error)
  }
}
