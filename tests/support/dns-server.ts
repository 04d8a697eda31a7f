/**
 * A real DNS server on loopback, over UDP and, for what is too long for that, TCP. The test writes the zone, and may change it at
 * any time.
 */
import { createSocket } from 'node:dgram'
import { createServer, type Server } from 'node:net'
import dnsPacket from 'dns-packet'
import type { Answer, Packet } from 'dns-packet'

/**
 * By name and type, such as `a.test MX`; a name without any entry does not exist. `SERVFAIL` and `REFUSED` fail it, `SILENCE` gives no
 * answer at all. Where a name has a CNAME only, its target's records are in the answer too, as from a resolver.
 */
export type Zone = Record<string, unknown[] | 'SERVFAIL' | 'REFUSED' | 'SILENCE'>

export interface DnsServer {
  /** `address:port`, as node:dns takes it. */
  address: string
  /** `name type` of all questions so far. */
  asked: string[]
  close(): Promise<void>
}

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, REFUSED: 5 }
/** What fits through every network (DNS Flag Day 2020). */
const maxUdpOctets = 1_232
const maxAliases = 8
const authoritative = 0x0400
const truncated = 0x0200
const authenticData = 0x0020

/** `signed` says for which names it claims, as a validating resolver does, that DNSSEC vouches for its answer. */
export async function startDnsServer(zone: Zone, signed: (name: string) => boolean = () => false): Promise<DnsServer> {
  const asked: string[] = []
  const answer = (octets: Buffer): Packet | null => {
    const query = dnsPacket.decode(octets)
    const [question] = query.questions ?? []
    const name = question!.name.toLowerCase()
    asked.push(`${name} ${question!.type}`)
    const { rcode, answers } = lookUp(zone, name, question!.type)
    if (rcode === null) return null
    // The low bits of the flags are the response code (RFC 1035 section 4.1.1).
    return {
      type: 'response',
      id: query.id!,
      flags: authoritative | (signed(name) ? authenticData : 0) | rcode,
      questions: query.questions!,
      answers,
    }
  }

  const tcp = createServer((connection) => {
    connection.on('error', () => undefined)
    connection.once('data', (octets) => {
      const response = answer(octets.subarray(2))
      if (response) connection.end(dnsPacket.streamEncode(response))
    })
  })
  const port = await listen(tcp)
  const udp = createSocket('udp4')
  udp.on('message', (octets, peer) => {
    const response = answer(octets)
    if (!response) return
    let encoded = dnsPacket.encode(response)
    if (encoded.length > maxUdpOctets) {
      encoded = dnsPacket.encode({ ...response, flags: response.flags! | truncated, answers: [] })
    }
    udp.send(encoded, peer.port, peer.address)
  })
  await new Promise<void>((resolve) => udp.bind(port, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${port}`,
    asked,
    async close() {
      await new Promise<void>((resolve) => udp.close(() => resolve()))
      await new Promise((resolve) => tcp.close(resolve))
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as { port: number }).port
}

/** The response code is null where there is to be no answer. */
function lookUp(zone: Zone, asked: string, type: string): { rcode: number | null; answers: Answer[] } {
  const answers: Answer[] = []
  const toAnswer = (name: string, kind: string, data: unknown): Answer =>
    ({ type: kind, name, ttl: 1, class: 'IN', data }) as Answer
  let name = asked
  for (let aliases = 0; aliases <= maxAliases; aliases++) {
    const records = zone[`${name} ${type}`]
    if (records === 'SILENCE') return { rcode: null, answers: [] }
    if (typeof records === 'string') return { rcode: rcodes[records], answers: [] }
    if (records) answers.push(...records.map((data) => toAnswer(name, type, data)))
    const alias = type === 'CNAME' ? undefined : zone[`${name} CNAME`]
    if (records || !Array.isArray(alias)) {
      const exists = Object.keys(zone).some((key) => key.startsWith(`${name} `))
      return { rcode: exists ? rcodes.NOERROR : rcodes.NXDOMAIN, answers }
    }
    answers.push(toAnswer(name, 'CNAME', alias[0]))
    name = String(alias[0]).toLowerCase()
  }
  return { rcode: rcodes.SERVFAIL, answers: [] }
}
