/** Relay connections as GraphQL types: `class TenantEdge extends edgeOf(Tenant)`, `class TenantConnection extends connectionOf(...)`. */
import { ArgsType, Field, Int, ObjectType } from 'type-graphql'
import type { Page } from '../connection.js'

@ArgsType()
export class PageArguments {
  @Field(() => Int, { nullable: true })
  first?: number | null

  @Field(() => String, { nullable: true })
  after?: string | null

  @Field(() => Int, { nullable: true })
  last?: number | null

  @Field(() => String, { nullable: true })
  before?: string | null
}

@ObjectType()
export class PageInfo {
  @Field(() => Boolean)
  hasNextPage: boolean

  @Field(() => Boolean)
  hasPreviousPage: boolean

  @Field(() => String, { nullable: true })
  startCursor: string | null

  @Field(() => String, { nullable: true })
  endCursor: string | null
}

export interface Edge<T> {
  cursor: string
  node: T
}

type Class<T> = abstract new (...args: never[]) => T

export function edgeOf<T>(node: Class<T>) {
  @ObjectType()
  abstract class EdgeBase implements Edge<T> {
    @Field(() => String)
    cursor: string

    @Field(() => node as never)
    node: T
  }
  return EdgeBase
}

export function connectionOf<T>(node: Class<T>, edge: Class<Edge<T>>) {
  @ObjectType()
  abstract class ConnectionBase {
    @Field(() => [edge as never])
    edges: Edge<T>[]

    @Field(() => [node as never])
    nodes: T[]

    @Field(() => PageInfo)
    pageInfo: PageInfo
  }
  return ConnectionBase
}

export function countedConnectionOf<T>(node: Class<T>, edge: Class<Edge<T>>) {
  @ObjectType()
  abstract class CountedConnectionBase extends connectionOf(node, edge) {
    /** Counted only when asked for: nobody calls it otherwise. */
    count: () => Promise<number>

    @Field(() => Int, { name: 'totalCount' })
    resolveTotalCount(): Promise<number> {
      return this.count()
    }
  }
  return CountedConnectionBase
}

/** What a resolver returns for a connection. */
export interface ConnectionValue<T> {
  edges: Edge<T>[]
  nodes: T[]
  pageInfo: PageInfo
  count: () => Promise<number>
}

/** `nodes` in the order of `page.ids`; what was deleted since those were read is null, and not in the list. */
export function connectionFrom<T>(page: Page, nodes: readonly (T | null)[]): ConnectionValue<T> {
  const edges = nodes.flatMap((node, index) => (node === null ? [] : [{ cursor: page.cursors[index]!, node }]))
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: page.hasPreviousPage,
      startCursor: page.cursors[0] ?? null,
      endCursor: page.cursors.at(-1) ?? null,
    },
    count: page.count,
  }
}
