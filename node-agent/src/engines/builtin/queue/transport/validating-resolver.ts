/**
 * Asks a resolver that validates DNSSEC, and believes its word on that, the AD bit (RFC 6840 section 5.7): so the way to it must be
 * safe. Whoever makes one says that it is.
 *
 * An answer that is bogus comes from such a resolver as SERVFAIL, and is here a failure like any other: never an answer that is insecure.
 */
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect, isIP } from 'node:net'
import dnsPacket from 'dns-packet'
import type { Answer, DecodedPacket, RecordType } from 'dns-packet'
import type { HopResolver, LookUp, MxRecord } from '../next-hops.js'
import type { TlsaRecord } from './tlsa.js'

class DnsError extends Error {
  override name = 'DnsError'
  constructor(
    /** As of node:dns. */
    readonly code: 'ENOTFOUND' | 'ESERVFAIL' | 'ETIMEOUT',
    message: string,
  ) {
    super(message)
  }
}

const timeoutMs = 5_000
const tries = 2
/** What fits through every network (DNS Flag Day 2020). */
const udpPayloadSize = 1_232
const maxTcpOctets = 65_535
const maxAliases = 8

interface Response {
  records: { name: string; data: unknown }[]
  secure: boolean
  /** Where the CNAMEs lead to. */
  canonicalName: string
}

export class ValidatingResolver implements HopResolver {
  /** In the order in which they are asked. */
  constructor(private readonly servers: string[]) {}

  async resolveMx(domain: string): Promise<LookUp<MxRecord>> {
    return this.query(domain, 'MX', (data) => {
      const { exchange, preference } = data as { exchange: string; preference?: number }
      return { exchange, priority: preference ?? 0 }
    })
  }

  resolve4 = (host: string): Promise<LookUp<string>> => this.query(host, 'A', String)
  resolve6 = (host: string): Promise<LookUp<string>> => this.query(host, 'AAAA', String)
  resolveTxt = (name: string): Promise<LookUp<string>> =>
    this.query(name, 'TXT', (data) => Buffer.concat([data].flat() as Buffer[]).toString('latin1'))
  resolveTlsa = (name: string): Promise<LookUp<TlsaRecord>> =>
    this.query(name, 'TLSA' as RecordType, (data) => data as TlsaRecord)

  private async query<T>(name: string, type: RecordType, read: (data: unknown) => T): Promise<LookUp<T>> {
    const { records, secure, canonicalName } = await this.ask(name, type)
    return { records: records.map(({ data }) => read(data)), secure, canonicalName }
  }

  private async ask(name: string, type: RecordType): Promise<Response> {
    let failure: unknown
    for (let attempt = 0; attempt < tries; attempt++) {
      for (const server of this.servers) {
        try {
          return understand(await exchange(server, name, type), name, type)
        } catch (error) {
          if (error instanceof DnsError && error.code === 'ENOTFOUND') throw error
          failure = error
        }
      }
    }
    throw failure
  }
}

function understand(packet: DecodedPacket, name: string, type: string): Response {
  // The types have it as part of responses only.
  const { rcode } = packet as unknown as { rcode: string }
  if (rcode === 'NXDOMAIN') throw new DnsError('ENOTFOUND', `${name} does not exist`)
  if (rcode !== 'NOERROR') throw new DnsError('ESERVFAIL', `the look-up of ${name} failed with ${rcode}`)
  const answers = packet.answers ?? []
  let canonicalName = lower(name)
  for (let aliases = 0; ; aliases++) {
    const alias = answers.find((answer) => answer.type === 'CNAME' && lower(answer.name) === canonicalName)
    if (alias === undefined || type === 'CNAME') break
    if (aliases === maxAliases) throw new DnsError('ESERVFAIL', `${name} leads through too many aliases`)
    canonicalName = lower((alias as { data: string }).data)
  }
  const records = answers
    .filter((answer: Answer) => answer.type === type && lower(answer.name) === canonicalName)
    .map((answer) => ({ name: answer.name, data: (answer as { data: unknown }).data }))
  return { records, secure: packet.flag_ad, canonicalName }
}

const lower = (name: string): string => name.toLowerCase().replace(/\.$/, '')

async function exchange(server: string, name: string, type: RecordType): Promise<DecodedPacket> {
  const id = randomInt(65_536)
  const query = {
    type: 'query' as const,
    id,
    flags: dnsPacket.RECURSION_DESIRED | dnsPacket.AUTHENTIC_DATA,
    questions: [{ type, name, class: 'IN' as const }],
    additionals: [{ type: 'OPT', name: '.', udpPayloadSize, flags: 0, options: [] } as never],
  }
  const target = endpointOf(server)
  const isAnswer = (packet: DecodedPacket): boolean => {
    const [question] = packet.questions ?? []
    return (
      packet.id === id && packet.type === 'response' && question?.type === type && lower(question.name) === lower(name)
    )
  }
  const short = await overUdp(target, dnsPacket.encode(query), isAnswer)
  return short.flag_tc ? overTcp(target, dnsPacket.streamEncode(query), isAnswer) : short
}

interface Endpoint {
  host: string
  port: number
}

export function endpointOf(server: string): Endpoint {
  if (isIP(server) !== 0) return { host: server, port: 53 }
  const colon = server.lastIndexOf(':')
  const [host, port] = server.endsWith(']') ? [server, '53'] : [server.slice(0, colon), server.slice(colon + 1)]
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) }
}

function overUdp(
  { host, port }: Endpoint,
  query: Buffer,
  isAnswer: (packet: DecodedPacket) => boolean,
): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
    let over = false
    const end = (settle: () => void): void => {
      if (over) return
      over = true
      clearTimeout(timer)
      socket.close()
      settle()
    }
    const fail = (code: 'ESERVFAIL' | 'ETIMEOUT'): void =>
      end(() => reject(new DnsError(code, `${host} gave no answer`)))
    const timer = setTimeout(() => fail('ETIMEOUT'), timeoutMs)
    socket.on('error', () => fail('ESERVFAIL'))
    socket.on('message', (octets) => {
      const packet = decoded(octets)
      if (packet && isAnswer(packet)) end(() => resolve(packet))
    })
    // Connected: only that server's words arrive, and a port that nobody listens on is told at once.
    socket.connect(port, host, () => socket.send(query))
  })
}

function overTcp(
  { host, port }: Endpoint,
  query: Buffer,
  isAnswer: (packet: DecodedPacket) => boolean,
): Promise<DecodedPacket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port })
    const fail = (code: 'ESERVFAIL' | 'ETIMEOUT'): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(new DnsError(code, `${host} gave no answer`))
    }
    const timer = setTimeout(() => fail('ETIMEOUT'), timeoutMs)
    let input = Buffer.alloc(0)
    socket.on('error', () => fail('ESERVFAIL'))
    socket.on('close', () => fail('ESERVFAIL'))
    socket.on('connect', () => socket.write(query))
    socket.on('data', (chunk: Buffer) => {
      input = Buffer.concat([input, chunk])
      if (input.length > maxTcpOctets + 2) return fail('ESERVFAIL')
      if (input.length < 2 || input.length < 2 + input.readUInt16BE(0)) return
      const packet = decoded(input.subarray(2, 2 + input.readUInt16BE(0)))
      if (!packet || !isAnswer(packet)) return fail('ESERVFAIL')
      clearTimeout(timer)
      resolve(packet)
      socket.destroy()
    })
  })
}

function decoded(octets: Buffer): DecodedPacket | null {
  try {
    return dnsPacket.decode(octets)
  } catch {
    return null
  }
}
