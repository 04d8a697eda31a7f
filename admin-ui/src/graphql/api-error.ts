/**
 * One shape for everything that can go wrong with a request, so that each page shows it the same way: an expected failure
 * of a mutation, a GraphQL error of the server, or no answer at all.
 */
import type { CombinedError } from '@urql/core'
import type { ErrorCode } from './graphql.ts'

export interface ApiError {
  /** `NETWORK`: no answer came; everything else is a code of the API. */
  code: ErrorCode | 'NETWORK'
  /** The server's English text, for what the code alone does not tell. */
  message: string
  path: string[]
  params: Record<string, string>
  correlationId?: string
}

export interface PayloadError {
  code: ErrorCode
  message: string
  path: string[] | null
  params: { name: string; value: string }[]
}

export const fromPayload = (error: PayloadError): ApiError => ({
  code: error.code,
  message: error.message,
  path: error.path ?? [],
  params: Object.fromEntries(error.params.map(({ name, value }) => [name, value])),
})

/** `extensions` come from outside: each field is looked at before it is believed. */
export function fromCombined(error: CombinedError): ApiError {
  const first = error.graphQLErrors[0]
  if (!first) return { code: 'NETWORK', message: error.networkError?.message ?? error.message, path: [], params: {} }
  const { code, params, correlationId } = first.extensions as Record<string, unknown>
  return {
    code: (typeof code === 'string' ? code : 'INTERNAL') as ErrorCode,
    message: first.message,
    path: [],
    params: paramsOf(params),
    ...(typeof correlationId === 'string' && { correlationId }),
  }
}

function paramsOf(params: unknown): Record<string, string> {
  if (typeof params !== 'object' || params === null) return {}
  const entries = Array.isArray(params)
    ? params.map((entry: { name?: unknown; value?: unknown }) => [entry?.name, entry?.value])
    : Object.entries(params)
  return Object.fromEntries(
    entries.filter(([name]) => typeof name === 'string').map(([name, value]) => [name, String(value)]),
  )
}

/** The path of an input field as the server names it, without the leading `input`. */
export const fieldOf = (error: ApiError): string => error.path.filter((part) => part !== 'input').join('.')
