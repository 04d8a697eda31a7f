/** A real DNS server on loopback over UDP, with the zone that the test writes. */
import { createSocket } from 'node:dgram'
import dnsPacket from 'dns-packet'
import type { Answer, Packet } from 'dns-packet'

/** By name and type, such as `a.test MX`; a name without any entry does not exist; `SERVFAIL` fails it. */
export type Zone = Record<string, Answer['type'] extends never ? never : unknown[] | 'SERVFAIL'>

const rcodes = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 }

export async function startDnsServer(zone: Zone): Promise<{ address: string; close(): Promise<void> }> {
  const socket = createSocket('udp4')
  socket.on('message', (octets, peer) => {
    const query = dnsPacket.decode(octets)
    const [question] = query.questions ?? []
    const name = question!.name.toLowerCase()
    const records = zone[`${name} ${question!.type}`]
    const exists = Object.keys(zone).some((key) => key.startsWith(`${name} `))
    const rcode = records === 'SERVFAIL' ? rcodes.SERVFAIL : exists ? rcodes.NOERROR : rcodes.NXDOMAIN
    const answers = Array.isArray(records)
      ? records.map((data) => ({ type: question!.type, name, ttl: 1, class: 'IN', data }) as Answer)
      : []
    // The low bits of the flags are the response code (RFC 1035 section 4.1.1).
    const response: Packet = {
      type: 'response',
      id: query.id!,
      flags: 0x0400 | rcode,
      questions: query.questions!,
      answers,
    }
    socket.send(dnsPacket.encode(response), peer.port, peer.address)
  })
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
