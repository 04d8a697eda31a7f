import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls'
import { once } from 'node:events'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTlsProvider, type RunningTlsProvider } from '../tls/index.js'
import {
  BareLineFeedError,
  ConnectionClosedError,
  IdleTimeoutError,
  LineTooLongError,
  StreamServer,
  WriteTimeoutError,
  type ClientConnection,
  type StreamProtocol,
  type StreamServerOptions,
} from './index.js'

const logger = pino({ level: 'silent' })
let folder: string
let tls: RunningTlsProvider
const servers: StreamServer[] = []
const clients: Socket[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'net-'))
  tls = await createTlsProvider({ dataDir: folder, hostName: 'mx.example.org', logger })
})
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await Promise.all(servers.splice(0).map((server) => server.close(0)))
})
afterAll(async () => {
  tls.close()
  await rm(folder, { recursive: true })
})

const protocol = (serve: StreamProtocol['serve']): StreamProtocol => ({
  name: 'test',
  goodbye: 'BYE shutting down\r\n',
  tooManyConnections: 'BYE too many\r\n',
  serve,
  follow: () => () => undefined,
})

async function start(serve: StreamProtocol['serve'], options: Partial<StreamProtocol & StreamServerOptions> = {}) {
  const server = new StreamServer(
    { ...protocol(serve), ...options },
    {
      addresses: [
        { host: '127.0.0.1', port: 0, implicitTls: false },
        { host: '127.0.0.1', port: 0, implicitTls: true },
      ],
      tls,
      logger,
      ...options,
    },
  )
  await server.listen()
  servers.push(server)
  return server
}

function client(server: StreamServer): Socket {
  const socket = connect({ host: '127.0.0.1', port: server.ports()[0]! })
  socket.on('error', () => undefined)
  clients.push(socket)
  return socket
}

async function tlsClient(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connectTls({ rejectUnauthorized: false, ...options })
  socket.on('error', () => undefined)
  clients.push(socket)
  await once(socket, 'secureConnect')
  return socket
}

async function everything(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => (text += chunk.toString('latin1')))
  // Not by `once`, which rejects at an error: a connection that was cut has a story too.
  await new Promise((resolve) => socket.on('close', resolve))
  return text
}

/** Resolves with the outcome of what the session does. */
function outcomeOf<T>(session: (connection: ClientConnection) => Promise<T>) {
  let settle: (outcome: T | Error) => void
  const outcome = new Promise<T | Error>((resolve) => (settle = resolve))
  const serve = async (connection: ClientConnection) => settle(await session(connection).catch((error: Error) => error))
  return { outcome, serve }
}

const echo = async (connection: ClientConnection) => {
  for (let line; (line = await connection.readLine(100)) !== null;) await connection.write(`<${line.toString()}>\r\n`)
}

describe('lines and octets', () => {
  it('reads pipelined lines, literals and the rest after a half-close', async () => {
    const server = await start(async (connection) => {
      const line = await connection.readLine(100)
      const literal = await connection.readExact(Number(line!.toString()))
      await connection.write(literal)
      await echo(connection)
    })
    const socket = client(server)
    socket.write('10\r\n12345')
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.end('6789\nA\r\n\r\nlast\r\n')
    expect(await everything(socket)).toBe('123456789\n<A>\r\n<>\r\n<last>\r\n')
  })

  it('assembles lines from single octets, and megabytes from one read', async () => {
    const size = 5 * 1024 * 1024
    const { outcome, serve } = outcomeOf(async (connection) => {
      const line = await connection.readLine(100)
      return `${line!.toString()} ${(await connection.readExact(size)).every((octet) => octet === 120)}`
    })
    const socket = client(await start(serve))
    await once(socket, 'connect')
    for (const octet of 'trickle\r\n') {
      socket.write(octet)
      await new Promise((resolve) => setImmediate(resolve))
    }
    socket.write(Buffer.alloc(size, 'x'))
    expect(await outcome).toBe('trickle true')
  })

  it.each([
    ['within the limit', 'x'.repeat(100) + '\r\n', 100],
    ['one octet above', 'x'.repeat(101) + '\r\n', LineTooLongError],
    ['without an end', 'x'.repeat(5000), LineTooLongError],
    ['cut off', 'x'.repeat(50), ConnectionClosedError],
    ['LF alone', 'abc\n', BareLineFeedError],
  ])('a line %s', async (_name, sent, expected) => {
    const { outcome, serve } = outcomeOf(async (connection) => (await connection.readLine(100))!.length)
    const socket = client(await start(serve))
    socket.end(sent)
    if (typeof expected === 'number') expect(await outcome).toBe(expected)
    else expect(await outcome).toBeInstanceOf(expected)
  })

  it('goes on after a refused LF, and takes it where the server is tolerant', async () => {
    const strict = outcomeOf(async (connection) => {
      await connection.readLine(100).catch(() => undefined)
      return (await connection.readLine(100))!.toString()
    })
    client(await start(strict.serve)).write('a\nb\r\n')
    expect(await strict.outcome).toBe('b')
    const tolerant = outcomeOf(async (connection) => (await connection.readLine(100))!.toString())
    client(await start(tolerant.serve, { lineEnds: 'tolerant' })).write('a\nb\r\n')
    expect(await tolerant.outcome).toBe('a')
  })

  it('answers 100 MB without a line end before it closes, in bounded memory', async () => {
    const server = await start(async (connection) => {
      await connection.readLine(1000).catch(() => connection.write('500 too long\r\n'))
    })
    const socket = client(server)
    const answer = everything(socket)
    const block = Buffer.alloc(1024 * 1024, 'x')
    const before = process.memoryUsage().rss
    for (let sent = 0; sent < 100 && !socket.destroyed; sent += 1) {
      if (!socket.write(block))
        await Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined)
    }
    expect(await answer).toBe('500 too long\r\n')
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
  })
})

it('reads only a little ahead of a session that is busy', async () => {
  let connected!: () => void
  const busy = new Promise<void>((resolve) => (connected = resolve))
  const server = await start(async (connection) => {
    connected()
    await new Promise((resolve) => connection.closed.addEventListener('abort', resolve))
  })
  const socket = client(server)
  await busy
  const block = Buffer.alloc(1024 * 1024)
  for (let sent = 0; sent < 64; sent += 1) socket.write(block)
  for (let time = 0; time < 20 && socket.writableLength > 0; time += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  // The rest is in buffers of the operating system, which are far smaller.
  expect(socket.writableLength).toBeGreaterThan(0)
})

describe('time', () => {
  it('ends a read of a silent or trickling client', async () => {
    const { outcome, serve } = outcomeOf((connection) => connection.readLine(1000))
    const socket = client(await start(serve, { idleTimeoutMs: 100 }))
    const timer = setInterval(() => socket.write('x'), 10)
    expect(await outcome).toBeInstanceOf(IdleTimeoutError)
    clearInterval(timer)
  })

  it('cuts a client that does not read', async () => {
    const { outcome, serve } = outcomeOf((connection) => connection.write(Buffer.alloc(50 * 1024 * 1024)))
    const socket = client(await start(serve, { writeTimeoutMs: 100 }))
    socket.pause()
    expect(await outcome).toBeInstanceOf(WriteTimeoutError)
  })

  it('notices a client that left while nothing is read', async () => {
    const { outcome, serve } = outcomeOf(async (connection) => {
      await new Promise((resolve) => connection.closed.addEventListener('abort', resolve))
      return 'gone'
    })
    const socket = client(await start(serve))
    await once(socket, 'connect')
    socket.resetAndDestroy()
    expect(await outcome).toBe('gone')
  })
})

describe('TLS', () => {
  it('serves implicit TLS, at least 1.2', async () => {
    const server = await start(async (connection) => {
      await connection.write(`${connection.secure} ${connection.tlsDescription}\r\n`)
    })
    const port = server.ports()[1]!
    const socket = await tlsClient({
      port,
      servername: 'mx.example.org',
      ca: tls.certificate(),
      rejectUnauthorized: true,
    })
    expect(await everything(socket)).toMatch(/^true TLSv1\.3 TLS_AES_/)
    await expect(
      tlsClient({ port, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' }),
    ).rejects.toThrow()
  })

  it('drops plain text that came with STARTTLS', async () => {
    const seen: string[] = []
    const server = await start(async (connection) => {
      for (let line; (line = await connection.readLine(100)) !== null;) {
        seen.push(`${connection.secure ? 'secure' : 'plain'} ${line.toString()}`)
        if (line.toString() === 'STARTTLS') await connection.startTls(tls, 'OK\r\n')
        else await connection.write('OK\r\n')
      }
    })
    const plain = client(server)
    plain.write('STARTTLS\r\nINJECTED\r\n')
    await once(plain, 'data')
    const socket = await tlsClient({ socket: plain })
    socket.write('MINE\r\n')
    await once(socket, 'data')
    expect(seen).toEqual(['plain STARTTLS', 'secure MINE'])
  })

  it('gives up on clients that do not speak TLS, or not in time', async () => {
    const server = await start(() => Promise.resolve(), { handshakeTimeoutMs: 150 })
    const silent = connect(server.ports()[1]!, '127.0.0.1')
    const chatty = connect(server.ports()[1]!, '127.0.0.1')
    clients.push(silent, chatty)
    chatty.write('EHLO there\r\n')
    await Promise.all([silent, chatty].map((socket) => once(socket.resume(), 'close')))
    await expect.poll(() => server.connections()).toBe(0)
  })
})

describe('the server', () => {
  it('refuses clients above the limit of their network, and takes new ones once others left', async () => {
    const server = await start(echo, { maxConnectionsPerNetwork: 2 })
    const first = [client(server), client(server)]
    for (const socket of first) {
      socket.write('hi\r\n')
      await once(socket, 'data')
    }
    expect(await everything(client(server))).toBe('BYE too many\r\n')
    first[0]!.end()
    await once(first[0]!, 'close')
    await expect.poll(() => server.connections()).toBe(1)
    const next = client(server)
    next.write('again\r\n')
    expect(String(await once(next, 'data'))).toBe('<again>\r\n')
  })

  it('says goodbye to idle sessions, lets a running command end, and cuts what takes longer than the grace', async () => {
    let finish!: () => void
    const running = new Promise<void>((resolve) => (finish = resolve))
    const server = await start(async (connection) => {
      for (let line; (line = await connection.readLine(100)) !== null;) {
        if (line.toString() === 'WORK') await running
        if (line.toString() === 'HANG')
          await new Promise((resolve) => connection.closed.addEventListener('abort', resolve))
        await connection.write('DONE\r\n')
      }
    })
    const [idle, busy, hung] = [client(server), client(server), client(server)]
    const answers = Promise.all([idle, busy, hung].map(everything))
    busy.write('WORK\r\nNEVER RUN\r\n')
    hung.write('HANG\r\n')
    await expect.poll(() => server.connections()).toBe(3)
    await new Promise((resolve) => setTimeout(resolve, 50))
    const closed = server.close(500)
    finish()
    await closed
    expect(await answers).toEqual(['BYE shutting down\r\n', 'DONE\r\nBYE shutting down\r\n', ''])
    expect(server.connections()).toBe(0)
  })

  it('survives a session that throws', async () => {
    const server = await start(() => Promise.reject(new Error('a fault')))
    expect(await everything(client(server))).toBe('')
    expect(await everything(client(server))).toBe('')
  })

  it('opens all ports or none', async () => {
    const taken = await start(echo)
    const free = { host: '127.0.0.1', port: 0, implicitTls: false }
    const addresses = [free, { ...free, port: taken.ports()[0]! }]
    const server = new StreamServer(protocol(echo), { addresses, tls, logger })
    await expect(server.listen()).rejects.toThrow('EADDRINUSE')
    expect(server.ports()).toEqual([])
  })
})
