/** Against scripted hosts on real sockets: what a well-behaved next hop never says. Peers are in ../delivery.test.ts. */
import { createServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { createSecureContext } from 'node:tls'
import { afterEach, describe, expect, it } from 'vitest'
import type { NextHop } from '../next-hops.js'
import type { Outcome } from '../outcome.js'
import { SmtpClient } from './smtp-client.js'
import type { ClientResult } from './smtp-client.js'

const second = 1_000
const timeouts = {
  connect: second,
  handshake: second,
  greeting: second,
  command: second,
  dataStart: second,
  dataBlock: second,
  dataEnd: second,
}
let server: Server | null = null
let client = new SmtpClient(timeouts, createSecureContext())
afterEach(() => {
  client.close()
  client = new SmtpClient(timeouts, createSecureContext())
  server?.close()
  server = null
})

interface Host {
  hop: NextHop
  /** What was received, a list for each connection. */
  heard: string[][]
}

/** `answer` for each line; of a message, whose text is one line of `heard`, for its end. Null: hangs up. */
async function host(
  answer: (line: string, nth: number, connection: number) => string | null | undefined,
  greeting = '220 host\r\n',
): Promise<Host> {
  const heard: string[][] = []
  server = createServer((socket) => {
    const mine: string[] = []
    const connection = heard.push(mine)
    let input = ''
    let data = false
    const say = (text: string | null): void => {
      if (text === null) return void socket.destroy()
      socket.write(text)
      if (text.startsWith('354')) data = true
    }
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      input += chunk.toString('latin1')
      for (;;) {
        const end = data ? `\r\n${input}`.indexOf('\r\n.\r\n') : input.indexOf('\r\n')
        if (end < 0) return
        const line = input.slice(0, end)
        input = input.slice(data ? end + 3 : end + 2)
        mine.push(data ? `message ${line.trimEnd()}` : line)
        data = false
        const nth = mine.filter((one) => one.split(' ')[0] === mine.at(-1)!.split(' ')[0]).length
        const scripted = answer(mine.at(-1)!, nth, connection)
        say(scripted === undefined ? usual(mine.at(-1)!) : scripted)
      }
    })
    socket.write(greeting)
  })
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { hop: { host: 'host.test', address: '127.0.0.1', port, tls: 'OPPORTUNISTIC' }, heard }
}

function usual(line: string): string {
  if (line.startsWith('EHLO')) return '250-host\r\n250-PIPELINING\r\n250-SIZE 1000\r\n250 8BITMIME\r\n'
  if (line === 'DATA') return '354 go\r\n'
  return line === 'QUIT' ? '221 bye\r\n' : '250 ok\r\n'
}

const transmit = (hop: NextHop, to = ['a@far.test'], text = 'Subject: x\r\n\r\nbody\r\n'): Promise<ClientResult> => {
  const buffer = Buffer.from(text)
  const message = {
    reversePath: 's@here.test',
    recipients: to,
    size: buffer.length,
    body: () => buffer,
    request: { ret: 'HDRS' as const, envelopeId: 'e+2B1', tls: null },
    requests: new Map(
      to.map((address) => [address, { notify: 'SUCCESS,DELAY', originalRecipient: 'rfc822;o@x.test' }]),
    ),
  }
  return client.transmit(hop, message, 'mx.here.test', new AbortController().signal)
}
const outcomes = (result: ClientResult): Outcome[] =>
  result.type === 'answered' ? [...result.outcomes.values()] : [result.outcome]
const of = async (result: Promise<ClientResult>) =>
  outcomes(await result).map(({ kind, replyCode, status }) => `${kind} ${replyCode} ${status}`)
const relayed = ['relayed 250 2.0.0']

describe('a transaction', () => {
  it('goes out at once where the host takes it so, and each reply finds its recipient', async () => {
    const { hop, heard } = await host((line) =>
      line.includes('b@')
        ? '550-5.1.1 no\r\n550 5.1.1 body\r\n'
        : line.includes('c@')
          ? '451 4.7.1 later\r\n'
          : undefined,
    )
    expect(await of(transmit(hop, ['a@far.test', 'b@far.test', 'c@far.test', 'd@far.test']))).toEqual([
      'failed 550 5.1.1',
      'deferred 451 4.7.1',
      ...relayed,
      ...relayed,
    ])
    expect(heard[0]!.slice(0, 8)).toEqual([
      'EHLO mx.here.test',
      'MAIL FROM:<s@here.test> SIZE=20 BODY=8BITMIME',
      ...['a', 'b', 'c', 'd'].map((name) => `RCPT TO:<${name}@far.test>`),
      'DATA',
      'message Subject: x\r\n\r\nbody',
    ])
  })

  it('goes step by step where not, and no further than it must', async () => {
    const { hop, heard } = await host((line) =>
      line.startsWith('EHLO') ? '502 what?\r\n' : line.startsWith('RCPT') ? '550 no\r\n' : undefined,
    )
    expect(await of(transmit(hop))).toEqual(['failed 550 5.0.0'])
    expect(heard[0]!.slice(0, 4)).toEqual([
      'EHLO mx.here.test',
      'HELO mx.here.test',
      'MAIL FROM:<s@here.test>',
      'RCPT TO:<a@far.test>',
    ])
    expect(heard[0]).not.toContain('DATA')
  })

  it.each<[string, Parameters<typeof host>[0], string[], string[]]>([
    [
      'refuses the sender',
      (line) => (line.startsWith('MAIL') ? '550 5.7.1 no\r\n' : undefined),
      ['a@f.test'],
      ['failed 550 5.7.1'],
    ],
    [
      'takes none, and wants the message',
      (line) => (line.startsWith('RCPT') ? '550 no\r\n' : undefined),
      ['a@f.test'],
      ['failed 550 5.0.0'],
    ],
    [
      'leaves at MAIL',
      (line) => (line.startsWith('MAIL') ? '421 4.3.2 down\r\n' : undefined),
      ['a@f.test'],
      ['deferred 421 4.3.2'],
    ],
    [
      'leaves at the second recipient',
      (line) => (line.includes('b@') ? '421 4.3.2 down\r\n' : undefined),
      ['a@f.test', 'b@f.test'],
      ['deferred 421 4.3.2', 'deferred 421 4.3.2'],
    ],
    [
      'takes the message before it is sent',
      (line) => (line === 'DATA' ? '250 thanks\r\n' : undefined),
      ['a@f.test'],
      ['deferred null 4.5.0'],
    ],
    [
      'says two things at DATA',
      (line) => (line === 'DATA' ? '354 go\r\n250 taken\r\n' : undefined),
      ['a@f.test'],
      ['deferred null 4.5.0'],
    ],
    [
      'mixes codes in a reply',
      (line) => (line.startsWith('RCPT') ? '250-a\r\n550 b\r\n' : undefined),
      ['a@f.test'],
      ['deferred null 4.4.2'],
    ],
    [
      'speaks no SMTP',
      (line) => (line.startsWith('RCPT') ? 'OK\r\n' : undefined),
      ['a@f.test'],
      ['deferred null 4.4.2'],
    ],
    [
      'never ends a reply',
      (line) => (line.startsWith('RCPT') ? '250-x\r\n'.repeat(200) : undefined),
      ['a@f.test'],
      ['deferred null 4.4.2'],
    ],
    [
      'says nothing at the end',
      (line) => (line.startsWith('message') ? '' : undefined),
      ['a@f.test'],
      ['deferred null 4.4.2'],
    ],
    [
      'hangs up at the end',
      (line) => (line.startsWith('message') ? null : undefined),
      ['a@f.test'],
      ['deferred null 4.4.2'],
    ],
  ])('ends in outcomes where the host %s', async (_name, answer, to, expected) => {
    const { hop } = await host(answer)
    expect(await of(transmit(hop, to))).toEqual(expected)
  })

  it('passes on what its sender wants to hear, to a host that takes it', async () => {
    const { hop, heard } = await host((line) => (line.startsWith('EHLO') ? '250-host\r\n250 DSN\r\n' : undefined))
    const [outcome] = outcomes(await transmit(hop))
    expect(outcome).toMatchObject({ kind: 'relayed', takesNotification: true })
    expect(heard[0]!.slice(1, 3)).toEqual([
      'MAIL FROM:<s@here.test> RET=HDRS ENVID=e+2B1',
      'RCPT TO:<a@far.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;o@x.test',
    ])
  })

  it('sends nothing that cannot be taken', async () => {
    const { hop, heard } = await host(() => undefined)
    expect(await of(transmit(hop, ['a@far.test'], 'x'.repeat(2_000)))).toEqual(['failed null 5.3.4'])
    expect(await of(transmit(hop, ['ä@far.test']))).toEqual(['failed null 5.6.7'])
    expect(await of(transmit(hop, ['a@far.test>\r\nRCPT TO:<b@far.test']))).toEqual(['failed null 5.1.3'])
    expect(heard.flat().filter((line) => /^(?:MAIL|RCPT)/.test(line))).toEqual([])
  })

  it.each([
    ['521 5.3.2 no mail here', 'failed 521 5.3.2'],
    ['554 5.7.1 not you, not now', 'deferred 554 4.7.1'],
    ['421 busy', 'deferred 421 4.0.0'],
  ])('is not begun after the greeting %s', async (greeting, expected) => {
    const { hop } = await host(() => undefined, `${greeting}\r\n`)
    const result = await transmit(hop)
    expect(result.type).toBe('unreachable')
    expect(await of(Promise.resolve(result))).toEqual([expected])
  })

  it('is not begun with a host that goes on in the clear after STARTTLS', async () => {
    const { hop } = await host((line) =>
      line.startsWith('EHLO')
        ? '250-host\r\n250 STARTTLS\r\n'
        : line === 'STARTTLS'
          ? '220 go\r\n250 injected\r\n'
          : undefined,
    )
    expect((await transmit(hop)).type).toBe('unsecured')
  })
})

describe('a session', () => {
  it('serves one message after the other', async () => {
    const { hop, heard } = await host(() => undefined)
    for (let count = 0; count < 3; count++) expect(await of(transmit(hop))).toEqual(relayed)
    expect(heard).toHaveLength(1)
    expect(heard[0]!.filter((line) => line === 'RSET')).toHaveLength(2)
  })

  it.each<[string, Parameters<typeof host>[0]]>([
    ['is over', (line) => (line === 'RSET' ? null : undefined)],
    ['ends with 421', (line, _nth, connection) => (line === 'RSET' && connection === 1 ? '421 enough\r\n' : undefined)],
    [
      'said more than it was asked',
      (line, nth) => (line.startsWith('message') && nth === 1 ? '250 ok\r\n421 bye\r\n' : undefined),
    ],
  ])('gives way to a new one where it %s, and no message is sent twice', async (_name, answer) => {
    const { hop, heard } = await host(answer)
    for (let count = 0; count < 2; count++) expect(await of(transmit(hop))).toEqual(relayed)
    expect(heard).toHaveLength(2)
    expect(heard.map((lines) => lines.filter((line) => line.startsWith('message')).length)).toEqual([1, 1])
  })

  it('does not serve another hop, nor a message after one that was deferred', async () => {
    let calls = 0
    const { hop, heard } = await host((line) =>
      line.startsWith('RCPT') && calls++ === 1 ? '451 later\r\n' : undefined,
    )
    expect(await of(transmit(hop))).toEqual(relayed)
    expect(await of(transmit({ ...hop, tls: 'NONE' }))).toEqual(['deferred 451 4.0.0'])
    expect(await of(transmit({ ...hop, tls: 'NONE' }))).toEqual(relayed)
    expect(heard).toHaveLength(3)
  })

  it('serves a hundred messages and no more', async () => {
    const { hop, heard } = await host(() => undefined)
    for (let count = 0; count < 101; count++) await transmit(hop)
    expect(heard.map((lines) => lines.filter((line) => line.startsWith('MAIL')).length)).toEqual([100, 1])
  })
})
