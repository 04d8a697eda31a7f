/** Bodies over real connections, also of senders who leave. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { once } from 'node:events'
import { connect, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BodyError, readJsonBody } from './json-body.js'

let server: Server
let received: (request: IncomingMessage) => void
beforeAll(async () => {
  server = createServer((request, response) => {
    received(request)
    response.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const head = (...lines: string[]): string =>
  ['POST / HTTP/1.1', 'Host: a.test', 'Content-Type: application/json', ...lines, '', ''].join('\r\n')

async function requestOf(octets: string) {
  const arrival = new Promise<IncomingMessage>((resolve) => (received = resolve))
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(octets)
  return { socket, request: await arrival }
}

const outcome = (request: IncomingMessage): Promise<unknown> =>
  readJsonBody(request, 100).catch((error: BodyError) => error.status)

test.each<[string, string, unknown]>([
  ['of known length', head('Content-Length: 7') + '{"a":1}', { a: 1 }],
  ['in chunks', head('Transfer-Encoding: chunked') + '3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n', { a: 1 }],
  ['that says that it is too long', head('Content-Length: 101'), 413],
  ['that is too long', `${head('Transfer-Encoding: chunked')}65\r\n${'1'.repeat(101)}\r\n0\r\n\r\n`, 413],
  ['that is compressed', head('Content-Length: 7', 'Content-Encoding: gzip') + '{"a":1}', 415],
  ['that is none', head(), 400],
  ['of several operations', head('Content-Length: 2') + '[]', 400],
])('a body %s', async (_what, octets, expected) => {
  const { socket, request } = await requestOf(octets)
  expect(await outcome(request)).toEqual(expected)
  socket.destroy()
})

test('whoever leaves in the middle of a body ends the request, also before it is read', async () => {
  const early = await requestOf(head('Content-Length: 7') + '{"a"')
  early.socket.destroy()
  await once(early.request, 'close').catch(() => undefined)
  expect(await outcome(early.request)).toBe(400)

  const late = await requestOf(head('Content-Length: 7') + '{"a"')
  const answer = outcome(late.request)
  late.socket.destroy()
  expect(await answer).toBe(400)
})
