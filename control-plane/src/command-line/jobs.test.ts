/** What the command line makes of jobs, against a server that plays a job through: each state that there can be, in its order. */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { commandLine } from './command-line.js'

let server: Server | null = null
afterEach(() => void server?.close())

async function play(answer: (body: string, path: string) => object): Promise<string> {
  server = createServer((request, response) => {
    void text(request).then((body) =>
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(body, request.url!))),
    )
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

async function run(url: string, args: string[], input = '', signal = new AbortController().signal) {
  const collected = { out: '', err: '' }
  const sink = (name: 'out' | 'err') =>
    new Writable({ write: (part: Buffer, _, done) => ((collected[name] += part.toString()), done()) })
  const code = await commandLine(args, {
    stdin: Readable.from([Buffer.from(input)]),
    stdout: sink('out'),
    stderr: sink('err'),
    env: { MAILFLEET_URL: url, MAILFLEET_TOKEN: 'x', MAILFLEET_CONFIG: '/nonexistent/profiles.json' },
    signal,
  })
  return { code, ...collected }
}

const job = (state: string, succeeded: number, failed: number, errorCode: string | null = null) => ({
  state,
  total: 3,
  succeeded,
  failed,
  errorCode,
})

test.each([
  [0, [job('QUEUED', 0, 0), job('RUNNING', 1, 0), job('SUCCEEDED', 3, 0)]],
  [6, [job('RUNNING', 1, 1), job('SUCCEEDED', 2, 1)]],
  [4, [job('FAILED', 1, 0, 'FORBIDDEN')]],
  [1, [job('CANCELLED', 1, 0)]],
])('waiting ends with %i as the job does', async (code, states) => {
  const left = [...states]
  const url = await play(() => ({ data: { job: left.length > 1 ? left.shift() : left[0] } }))
  const ran = await run(url, ['job', 'wait', 'the-id', '--every', '1'])
  expect(ran.code).toBe(code)
  expect(JSON.parse(ran.out)).toEqual({ id: 'the-id', ...states.at(-1) })
  for (const { state } of states) expect(ran.err).toContain(state.toLowerCase())
})

test.each([
  [['--cancel'], 'Cancelled.', 1],
  [[], 'The job goes on', 0],
])('an interrupt with %j: %s', async (flags, said, cancelled) => {
  let asked = 0
  const url = await play((body) => {
    if (!body.includes('cancelJob')) return { data: { job: job('RUNNING', 1, 0) } }
    asked++
    return { data: { cancelJob: { errors: [] } } }
  })
  const abort = new AbortController()
  setTimeout(() => abort.abort(new Error('interrupted')), 200)
  const ran = await run(url, ['job', 'wait', 'the-id', ...flags], '', abort.signal)
  expect(ran).toMatchObject({ code: 130, err: expect.stringContaining(said) })
  expect(asked).toBe(cancelled)
})

test('a file is streamed to where uploads go, and what is wrong with it is told', async () => {
  const url = await play((body, path) =>
    body.startsWith('address')
      ? { upload: { id: path, rows: body.split('\n').length } }
      : {
          errors: [
            { message: 'No columns.', extensions: { code: 'INVALID_INPUT', params: [{ name: 'line', value: '1' }] } },
          ],
        },
  )
  const taken = await run(url, ['import', 'upload', '-', '--type', 'csv'], 'address\na@b.example')
  expect({ code: taken.code, upload: JSON.parse(taken.out) }).toEqual({ code: 0, upload: { id: '/imports', rows: 2 } })
  expect(await run(url, ['import', 'upload', '-', '--type', 'csv'], 'x')).toMatchObject({
    code: 5,
    err: expect.stringContaining('line: 1'),
  })
  expect(await run(url, ['import', 'upload', '-'])).toMatchObject({ code: 2, err: expect.stringContaining('--type') })
})
