/** A server of graphql-http.bench.mjs, by name. Tells its port, and whenever asked its CPU time in microseconds. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { roots, sdl } from './memory-list.mjs'

const [, , name, folder] = process.argv
const listening = { host: '127.0.0.1', port: 0 }

const servers = {
  async ours() {
    const { buildSchema } = await import('graphql')
    const { createGraphqlHttp } = await import('../../../control-plane/dist/platform/http/graphql-endpoint.js')
    const { createHttpServer, listen } = await import('../../../control-plane/dist/platform/http/http-server.js')
    const { RequestBudget } = await import('../../../control-plane/dist/platform/graphql/request-budget.js')
    const { createLogger } = await import('../../../control-plane/dist/platform/logger.js')
    const schema = buildSchema(sdl)
    for (const [field, resolve] of Object.entries(roots.Query))
      schema.getQueryType().getFields()[field].resolve = resolve
    const logger = createLogger('error')
    const { listener } = await createGraphqlHttp({
      schema,
      logger,
      context: async () => ({}),
      caller: () => ({ viewer: 'somebody', address: '127.0.0.1' }),
      budget: new RequestBudget({ viewer: 1_000_000_000 }),
      aroundMutation: (context, _execution, run) => run(context),
    })
    const server = createHttpServer({
      secure: false,
      trustedProxies: 0,
      consoleDir: null,
      endpoints: [{ path: '/graphql', listener }],
      isReady: async () => undefined,
      logger,
    })
    return (await listen(server, listening.host, listening.port)).port
  },
  async apollo() {
    const fromControlPlane = createRequire(new URL('../../../control-plane/package.json', import.meta.url))
    const { ApolloServer } = fromControlPlane('@apollo/server')
    const { startStandaloneServer } = fromControlPlane('@apollo/server/standalone')
    const apollo = new ApolloServer({ typeDefs: sdl, resolvers: roots })
    const { url } = await startStandaloneServer(apollo, { listen: listening })
    return new URL(url).port
  },
  mercurius: () => mercurius({}),
  'mercurius with graphql-jit': () => mercurius({ jit: 1 }),
}

async function mercurius(options) {
  const fromFolder = createRequire(join(folder, 'package.json'))
  const app = fromFolder('fastify')()
  app.register(fromFolder('mercurius'), { schema: sdl, resolvers: roots, ...options })
  await app.listen(listening)
  return app.server.address().port
}

const port = await servers[name]()
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send(user + system)
})
process.on('disconnect', () => process.exit(0))
process.send(port)
