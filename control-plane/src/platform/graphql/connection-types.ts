/** Relay connections as GraphQL types: `class TenantEdge extends edgeOf(Tenant)`, `class TenantConnection extends connectionOf(...)`. */
import { ArgsType, Field, Int, ObjectType } from 'type-graphql'
import type { Page } from '../connection.js'

@ArgsType()
export class PageArguments {
  @Field(() => Int, {
    nullable: true,
    description: 'How many, from the beginning or behind `after`; 1 to 200, and 50 without.',
  })
  first?: number | null

  @Field(() => String, { nullable: true, description: 'A cursor: what comes behind it.' })
  after?: string | null

  @Field(() => Int, { nullable: true, description: 'How many, up to the end or before `before`, instead of `first`.' })
  last?: number | null

  @Field(() => String, { nullable: true, description: 'A cursor: what comes before it.' })
  before?: string | null
}

@ObjectType({ description: 'What there is around a page of a list.' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is more behind this page.' })
  hasNextPage: boolean

  @Field(() => Boolean, { description: 'Whether there is more before this page.' })
  hasPreviousPage: boolean

  @Field(() => String, { nullable: true, description: 'Of the first of this page: for `before`.' })
  startCursor: string | null

  @Field(() => String, { nullable: true, description: 'Of the last of this page: for `after`.' })
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
    @Field(() => String, { description: 'The place of this one in its list.' })
    cursor: string

    @Field(() => node as never, { description: 'The object itself.' })
    node: T
  }
  return EdgeBase
}

export function connectionOf<T>(node: Class<T>, edge: Class<Edge<T>>) {
  @ObjectType()
  abstract class ConnectionBase {
    @Field(() => [edge as never], { description: 'The objects of this page, each with its cursor.' })
    edges: Edge<T>[]

    @Field(() => [node as never], { description: 'The objects of this page.' })
    nodes: T[]

    @Field(() => PageInfo, { description: 'What there is around this page.' })
    pageInfo: PageInfo
  }
  return ConnectionBase
}

export function countedConnectionOf<T>(node: Class<T>, edge: Class<Edge<T>>) {
  @ObjectType()
  abstract class CountedConnectionBase extends connectionOf(node, edge) {
    /** Counted only when asked for: nobody calls it otherwise. */
    count: () => Promise<number>

    @Field(() => Int, { name: 'totalCount', description: 'Of all pages together; it is counted only when asked for.' })
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
