/** What a URL that somebody typed in must not reach, and how long and how much it may take. */
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { isPublic, Outbound } from './outbound.js'

const limits = { timeoutMs: 5_000, maxBytes: 1_000 }
const servers: Server[] = []
async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close()
    server.closeAllConnections()
  }
})
const loopback = new Outbound(['127.0.0.0/8'])
const faultOf = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: { fault?: string }) => error.fault,
  )

test.each([
  ['8.8.8.8', true],
  ['2606:4700::1111', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['172.16.0.1', false],
  ['192.168.1.1', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['0.0.0.0', false],
  ['224.0.0.1', false],
  ['255.255.255.255', false],
  ['::1', false],
  ['::', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['::ffff:127.0.0.1', false],
  ['64:ff9b::7f00:1', false],
  ['64:ff9b:1::7f00:1', false],
  ['2002:7f00:1::', false],
  ['::7f00:1', false],
  ['fec0::1', false],
  ['198.18.0.1', false],
  ['168.63.129.16', false],
  ['fd00:ec2::254', false],
  ['nonsense', false],
])('%s is public: %s', (address, expected) => expect(isPublic(address)).toBe(expected))

describe('where a URL leads', () => {
  test.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://localhost/',
    'http://2130706433/',
    'http://0x7f.1/',
    'https://169.254.169.254/latest/meta-data',
  ])('%s is refused before anything is connected to', async (url) => {
    expect(await faultOf(new Outbound().request(url, { ...limits, allowPlain: true }))).toBe('INNER_ADDRESS')
  })

  test.each(['ftp://example.org/', 'file:///etc/passwd', 'http://user:word@example.org/', 'nothing'])(
    '%s is none',
    async (url) => expect(await faultOf(loopback.request(url, limits))).toBe('INVALID_URL'),
  )

  test('plain http leaves by itself for nowhere but inner networks', async () => {
    expect(await faultOf(loopback.request('http://8.8.8.8/', limits))).toBe('NO_TLS')
  })

  test('one inner address among others refuses the name', async () => {
    await expect(new Outbound(['127.0.0.1/32']).addresses('127.0.0.2')).rejects.toMatchObject({
      fault: 'INNER_ADDRESS',
    })
  })
})

describe('what comes back', () => {
  test('is the answer, redirects too', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/to') return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
      response.setHeader('x-method', request.method!)
      request.pipe(response)
    })
    const answer = await loopback.request(url, { ...limits, method: 'POST', body: 'text' })
    expect([answer.status, answer.headers['x-method'], String(answer.body)]).toEqual([200, 'POST', 'text'])
    expect((await loopback.request(`${url}/to`, limits)).status).toBe(302)
  })

  test('is bounded in bytes and in time', async () => {
    const endless = await serve((_request, response) => {
      const more = () => response.write('x'.repeat(65_536), () => !response.destroyed && setImmediate(more))
      more()
    })
    expect(await faultOf(loopback.request(endless, limits))).toBe('TOO_LARGE')
    const cut = await loopback.request(endless, { ...limits, cut: true })
    expect([cut.status, cut.body.length]).toEqual([200, limits.maxBytes])
    const silent = await serve(() => undefined)
    expect(await faultOf(loopback.request(silent, { ...limits, timeoutMs: 50 }))).toBe('TIMEOUT')
  })

  test('may be nothing at all', async () => {
    const url = await serve((request) => request.socket.destroy())
    expect(await faultOf(loopback.request(url, limits))).toBe('UNREACHABLE')
  })
})
