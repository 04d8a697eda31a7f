/**
 * `node(id)` and `nodes(ids)` of the Relay specification. Which kind of object an id means is looked up in the tables; it is then
 * read by the query of that kind (`domain(id:)` and so on) with that query's own permission. So a kind that is new tomorrow
 * is found tomorrow, and nothing is seen here that is not seen there.
 */
import { defaultFieldResolver, type GraphQLResolveInfo, type GraphQLSchema } from 'graphql'
import { Arg, Ctx, ID, Info, Query, Resolver } from 'type-graphql'
import { SignedIn, type AdminContext } from '../access/index.js'
import { invalidInput } from '../platform/errors.js'
import { NodeInterface } from '../platform/graphql/node-interface.js'
import { isId } from '../platform/ids.js'
import { defineLoader } from '../platform/loader.js'

const maxIds = 200

const kindOfId = defineLoader<AdminContext, string, string | null>(async ({ database }, ids) => {
  const tables = database.dataSource.entityMetadatas.filter((entity) => entity.findColumnWithPropertyName('id'))
  const parts = tables.map(
    ({ name, tableName }) => `SELECT '${name}' AS kind, id FROM "${tableName}" WHERE id = ANY($1::uuid[])`,
  )
  const rows = await database.query<{ kind: string; id: string }>(parts.join(' UNION ALL '), [ids])
  const kinds = new Map(rows.map((row) => [row.id, row.kind]))
  return ids.map((id) => kinds.get(id) ?? null)
})

@Resolver()
export class NodeResolver {
  @Query(() => NodeInterface, { nullable: true, description: 'Any object by its id; null for what one may not see.' })
  @SignedIn()
  node(
    @Arg('id', () => ID) id: string,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<NodeInterface | null> {
    return findNode(id, context, info)
  }

  @Query(() => [NodeInterface], { nullable: 'items', description: 'At most 200 at a time, in the order of `ids`.' })
  @SignedIn()
  async nodes(
    @Arg('ids', () => [ID], { description: 'At most 200, of any kinds.' }) ids: string[],
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<(NodeInterface | null)[]> {
    if (ids.length > maxIds) throw invalidInput(['ids'], `At most ${maxIds} at a time.`, { max: maxIds })
    return Promise.all(ids.map((id) => findNode(id, context, info)))
  }
}

/** Null for what the viewer may not see. */
export async function findNode(
  id: string,
  context: AdminContext,
  info: GraphQLResolveInfo,
): Promise<NodeInterface | null> {
  const kind = isId(id) ? await kindOfId(context).load(id.toLowerCase()) : null
  if (!kind) return null
  const field = queryOf(info.schema, kind)
  if (!field) return null
  return (field.resolve ?? defaultFieldResolver)(undefined, { id }, context, info) as Promise<NodeInterface | null>
}

function queryOf(schema: GraphQLSchema, kind: string) {
  const field = schema.getQueryType()?.getFields()[`${kind[0]!.toLowerCase()}${kind.slice(1)}`]
  return field?.args.length === 1 ? field : null
}

/** Whether `node` finds objects of this kind. */
export const isNodeType = (schema: GraphQLSchema, kind: string): boolean => queryOf(schema, kind) !== null
