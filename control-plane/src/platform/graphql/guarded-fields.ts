/**
 * Deny by default: each field of Query, Mutation and Subscription declares who may call it, or the schema is not built.
 *
 * A declaration is an extension of the field (`permission`); what it means is the guard's matter. The guard runs before the
 * resolver and before the subscription begins.
 */
import {
  getNamedType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql'
import { Extensions } from 'type-graphql'
import { ExpectedError } from '../errors.js'

export interface RootField {
  kind: 'query' | 'mutation' | 'subscription'
  name: string
}
export type Guard<C> = (permission: unknown, context: C, field: RootField, args: Record<string, unknown>) => void

/** To be made into decorators with names of the business. */
export const declarePermission = (permission: unknown): MethodDecorator => Extensions({ permission }) as MethodDecorator

export function guardFields<C>(schema: GraphQLSchema, guard: Guard<C>): void {
  for (const type of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(type?.getFields() ?? {})) guardField(schema, type!, field, guard)
  }
}

type Field = GraphQLField<unknown, never>

function guardField<C>(schema: GraphQLSchema, type: GraphQLObjectType, field: Field, guard: Guard<C>): void {
  const permission = field.extensions.permission
  if (permission === undefined) throw new Error(`${type.name}.${field.name} does not declare who may call it`)
  const { resolve, subscribe } = field
  const root: RootField = { kind: type.name.toLowerCase() as RootField['kind'], name: field.name }
  if (resolve) {
    const guarded: typeof resolve = async (source, args, context, info) => {
      guard(permission, context, root, args)
      return resolve(source, args, context, info)
    }
    field.resolve = type === schema.getMutationType() ? withExpectedErrors(guarded) : guarded
  }
  if (subscribe) {
    field.subscribe = async (source, args, context, info) => {
      guard(permission, context, root, args)
      return subscribe(source, args, context, info)
    }
  }
}

/** Being signed out concerns the whole request, not one mutation of it. */
const concernsRequest = (error: ExpectedError): boolean => error.code === 'UNAUTHENTICATED'

/** In a mutation an expected failure is an answer. */
export function withExpectedErrors<C, A>(
  resolve: GraphQLFieldResolver<unknown, C, A>,
): GraphQLFieldResolver<unknown, C, A> {
  return async (source, args, context, info) => {
    try {
      return await resolve(source, args, context, info)
    } catch (error) {
      const payload = getNamedType(info.returnType)
      const hasErrors = isObjectType(payload) && 'errors' in payload.getFields()
      if (!hasErrors || !(error instanceof ExpectedError) || concernsRequest(error)) throw error
      const { code, message, inputPath: path, params } = error
      return { errors: [{ code, message, path, params }] }
    }
  }
}
