/**
 * What the API's own machinery costs a request: a list of 50 rows of three fields from memory, by our endpoint with the product's
 * limits and costs, by a bare Apollo Server, and, where somebody has installed it in a folder, by mercurius.
 * `node tests/bench/graphql-http.bench.mjs [--rounds=7] [--seconds=2] [--mercurius=folder with mercurius and fastify in node_modules]`
 *
 * Each server is a process of its own and all are asked in turn, round by round. CPU a request is the server's own (process.cpuUsage),
 * which other work on the machine changes far less than requests a second.
 */
import { fork } from 'node:child_process'
import { Agent, request } from 'node:http'
import { parseArgs } from 'node:util'
import { bodies } from './api/memory-list.mjs'
import { quantile } from './api/rounds.mjs'

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '2' },
    mercurius: { type: 'string' },
    connections: { type: 'string', default: '10' },
  },
})
const names = ['ours', 'apollo', ...(options.mercurius ? ['mercurius', 'mercurius with graphql-jit'] : [])]
const servers = await Promise.all(names.map((name) => startServer(name)))
try {
  for (const [what, body] of Object.entries(bodies)) {
    for (const server of servers) await load(server, body, 1)
    const samples = new Map(servers.map((server) => [server, []]))
    for (let round = 0; round < Number(options.rounds); round++) {
      for (const server of servers) samples.get(server).push(await load(server, body, Number(options.seconds)))
    }
    print(what, samples)
  }
} finally {
  for (const { child } of servers) child.disconnect()
}

async function startServer(name) {
  const child = fork(new URL('./api/memory-servers.mjs', import.meta.url), [name, options.mercurius ?? ''])
  const port = await new Promise((resolve, reject) => {
    child.once('message', resolve)
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}`)))
  })
  const cpu = () =>
    new Promise((resolve) => {
      child.once('message', resolve)
      child.send('cpu')
    })
  return { name, child, port, cpu }
}

async function load(server, body, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: Number(options.connections) })
  const before = await server.cpu()
  const start = performance.now()
  let count = 0
  const work = async () => {
    while (performance.now() - start < seconds * 1_000) {
      await ask(agent, server, body)
      count++
    }
  }
  await Promise.all(Array.from({ length: Number(options.connections) }, work))
  const elapsed = (performance.now() - start) / 1_000
  agent.destroy()
  return { perSecond: count / elapsed, cpu: ((await server.cpu()) - before) / count }
}

function ask(agent, { name, port }, body) {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
  return new Promise((resolve, reject) => {
    const sent = request({ agent, port, host: '127.0.0.1', path: '/graphql', method: 'POST', headers }, (response) => {
      let bytes = 0
      response.on('data', (chunk) => (bytes += chunk.length))
      response.on('end', () => {
        if (response.statusCode === 200 && bytes > 0) resolve()
        else reject(new Error(`${name} answered ${response.statusCode}`))
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

function print(what, samples) {
  console.log(`\n${what}\n\n| | requests a second | microseconds of CPU a request |\n|---|---|---|`)
  for (const [{ name }, taken] of samples) {
    const spread = (values, digits = 0) =>
      [0.5, 0, 1]
        .map((share) => quantile(values, share).toFixed(digits))
        .join(' ')
        .replace(/(\S+) (\S+) (\S+)/, '$1 ($2–$3)')
    console.log(
      `| ${name} | ${spread(taken.map((sample) => sample.perSecond))} | ${spread(taken.map((sample) => sample.cpu))} |`,
    )
  }
}
