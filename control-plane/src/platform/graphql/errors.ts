/**
 * How failures reach a caller that are not part of a mutation's payload. An ExpectedError keeps its code. What the request itself got wrong is INVALID_REQUEST. All else is INTERNAL: logged under a
 * correlation id, and nothing of it is told.
 */
import { randomUUID } from 'node:crypto'
import { unwrapResolverError } from '@apollo/server/errors'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import { ExpectedError } from '../errors.js'
import type { Logger } from '../logger.js'

export function createErrorFormatter(logger: Logger) {
  return (formatted: GraphQLFormattedError, thrown: unknown): GraphQLFormattedError => {
    const { message, locations, path } = formatted
    const place = { ...(locations && { locations }), ...(path && { path }) }
    const cause = causeOf(thrown)
    if (cause instanceof ExpectedError) {
      const { code, params } = cause
      const field = cause.inputPath ? { path: cause.inputPath } : {}
      return { message: cause.message, ...place, extensions: { code, params, ...field } }
    }
    if (isRequestError(thrown, cause)) return { message, ...place, extensions: { code: 'INVALID_REQUEST', params: [] } }
    const correlationId = randomUUID()
    logger.error({ correlationId, error: cause, path }, 'request failed')
    return {
      message: 'Something went wrong on our side.',
      ...place,
      extensions: { code: 'INTERNAL', params: [], correlationId },
    }
  }
}

/** What a resolver threw, or what refused the operation before any ran. */
function causeOf(thrown: unknown): unknown {
  const expected = thrown instanceof GraphQLError && thrown.originalError instanceof ExpectedError
  return expected ? thrown.originalError : unwrapResolverError(thrown)
}

/** Apollo Server's codes of what it finds before any resolver runs. */
const requestCodes = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'OPERATION_RESOLUTION_FAILURE',
  'BAD_REQUEST',
  'PERSISTED_QUERY_NOT_SUPPORTED',
])

/** Syntax, unknown fields, wrong variables, limits: an error of graphql itself that no resolver threw. */
function isRequestError(thrown: unknown, cause: unknown): boolean {
  if (!(thrown instanceof GraphQLError) || cause !== thrown || thrown.path !== undefined) return false
  const { code } = thrown.extensions
  return code === undefined ? thrown.originalError === undefined : requestCodes.has(String(code))
}
