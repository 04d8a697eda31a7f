/** Builds a schema from resolvers that must each have declared who may call them. */
import { buildSchemaSync, type NonEmptyArray, type ContainerType } from 'type-graphql'
import { isInterfaceType, type GraphQLSchema } from 'graphql'
import { guardFields, type Guard } from './guarded-fields.js'
import { DateTimeScalar } from './scalars.js'

// eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- type-graphql's own type for classes
type ResolverClass = Function

export interface SchemaOptions<C> {
  resolvers: ResolverClass[]
  /** Classes that no field returns but that belong to the schema, such as members of a union. */
  orphanedTypes?: ResolverClass[]
  /** Resolvers that were constructed by their feature; any other one is constructed without arguments. */
  instances?: object[]
  guard: Guard<C>
}

export function createSchema<C>(options: SchemaOptions<C>): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: options.resolvers as NonEmptyArray<ResolverClass>,
    orphanedTypes: options.orphanedTypes ?? [],
    scalarsMap: [{ type: Date, scalar: DateTimeScalar }],
    container: containerOf(options.instances ?? []),
    // Features check their input themselves, with codes and paths of the API.
    validate: false,
    pubSub: noTopics,
  })
  resolveInterfaces(schema)
  guardFields(schema, options.guard)
  return schema
}

/** By the class of the object, at once: compiled queries cannot wait for type-graphql's asynchronous answer. */
function resolveInterfaces(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (isInterfaceType(type)) type.resolveType = (value: object) => value.constructor.name
  }
}

/** Asked for as soon as there is a subscription. Ours are generators; one that names a topic would be a mistake. */
const noTopics = {
  publish(topic: string): never {
    throw new Error(`there are no topics: ${topic}`)
  },
  subscribe(topic: string): never {
    throw new Error(`there are no topics: ${topic}`)
  },
}

function containerOf(instances: object[]): ContainerType {
  const known = new Map<unknown, object>(instances.map((instance) => [instance.constructor, instance]))
  return {
    get(resolver: new () => object) {
      let instance = known.get(resolver)
      if (!instance) known.set(resolver, (instance = new resolver()))
      return instance
    },
  }
}
