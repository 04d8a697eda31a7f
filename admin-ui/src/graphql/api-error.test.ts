import { CombinedError } from '@urql/core'
import { GraphQLError } from 'graphql'
import { describe, expect, test } from 'vitest'
import { fieldOf, fromCombined, fromPayload } from './api-error.ts'
import { parseOrder } from './list-state.ts'

const failed = (extensions: Record<string, unknown>) =>
  fromCombined(new CombinedError({ graphQLErrors: [new GraphQLError('no', { extensions })] }))

describe('an error of the API', () => {
  test('keeps its code, its params and the correlation id', () => {
    expect(failed({ code: 'INTERNAL', params: [], correlationId: 'c-1' })).toEqual({
      code: 'INTERNAL',
      message: 'no',
      path: [],
      params: {},
      correlationId: 'c-1',
    })
    expect(failed({ code: 'RATE_LIMITED', params: [{ name: 'retryAfter', value: 30 }] }).params).toEqual({
      retryAfter: '30',
    })
    expect(failed({ code: 'RATE_LIMITED', params: { retryAfter: 30 } }).params).toEqual({ retryAfter: '30' })
  })

  test('without a usable code is an internal one, without an answer a broken network', () => {
    expect(failed({ code: 7 }).code).toBe('INTERNAL')
    expect(failed({}).code).toBe('INTERNAL')
    expect(fromCombined(new CombinedError({ networkError: new Error('refused') }))).toMatchObject({
      code: 'NETWORK',
      message: 'refused',
    })
  })

  test('names its field with or without the leading input', () => {
    const error = (path: string[] | null) =>
      fromPayload({ code: 'INVALID_INPUT', message: '', path, params: [{ name: 'min', value: '8' }] })
    expect(fieldOf(error(['input', 'targets', '0']))).toBe('targets.0')
    expect(fieldOf(error(['name']))).toBe('name')
    expect(fieldOf(error(null))).toBe('')
    expect(error(null).params).toEqual({ min: '8' })
  })
})

describe('the order in the address bar', () => {
  test.each([
    ['name:desc', { field: 'NAME', direction: 'DESC' }],
    ['created_at', { field: 'CREATED_AT', direction: 'ASC' }],
    ['name:sideways', { field: 'NAME', direction: 'ASC' }],
    ['password:asc', undefined],
    ['', undefined],
  ])('%j', (text, order) => expect(parseOrder(text, ['NAME', 'CREATED_AT'])).toEqual(order))
})
