/**
 * What may be told to a caller. Everything that is not an ExpectedError is logged under a correlation id and masked.
 */
import { errorCodes, type ErrorCode } from '@mailfleet/schema'

export interface ErrorDetails {
  /** In place of the code's own text; English. */
  message?: string
  /** The input field, from the input's root. */
  path?: string[]
  /** Values for a translated message. */
  params?: Record<string, string | number>
}

export class ExpectedError extends Error {
  /** Not `path`: graphql-js takes an error with a list of that name for a located GraphQLError, and passes it on raw. */
  readonly inputPath: string[] | null
  readonly params: { name: string; value: string }[]

  constructor(
    readonly code: ErrorCode,
    details: ErrorDetails = {},
  ) {
    super(details.message ?? errorCodes[code])
    this.name = 'ExpectedError'
    this.inputPath = details.path ?? null
    this.params = Object.entries(details.params ?? {}).map(([name, value]) => ({ name, value: String(value) }))
  }
}

/** The same for what does not exist and for what the caller may not see. */
export const notFound = (path?: string[]): ExpectedError => new ExpectedError('NOT_FOUND', { path })

export const invalidInput = (path: string[], message: string, params?: ErrorDetails['params']): ExpectedError =>
  new ExpectedError('INVALID_INPUT', { path, message, params })
