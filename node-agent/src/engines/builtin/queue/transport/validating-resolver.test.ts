/** Answers that a stranger forged, over real sockets: the true one counts, whatever came before it. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import dnsPacket from 'dns-packet'
import type { Packet } from 'dns-packet'
import { expect, it } from 'vitest'
import { ValidatingResolver } from './validating-resolver.js'

type Forge = (answer: Packet) => Buffer

it.each<[string, Forge]>([
  ['with another id', (answer) => dnsPacket.encode({ ...answer, id: (answer.id! + 1) % 65_536 })],
  [
    'to a question of another name',
    (answer) => dnsPacket.encode({ ...answer, questions: [{ type: 'A', name: 'b.test' }] }),
  ],
  [
    'to a question of another type',
    (answer) => dnsPacket.encode({ ...answer, questions: [{ type: 'TXT', name: 'a.test' }] }),
  ],
  ['that is a question', (answer) => dnsPacket.encode({ ...answer, type: 'query' })],
  ['that cannot be read', () => Buffer.from([1, 2, 3])],
])('takes no answer %s', async (_what, forge) => {
  const server = createSocket('udp4')
  server.on('message', (octets, { port, address }) => {
    const { id, questions } = dnsPacket.decode(octets)
    const answerOf = (data: string): Packet => ({
      type: 'response',
      id: id!,
      questions: questions!,
      answers: [{ type: 'A', name: 'a.test', ttl: 1, data }],
    })
    server.send(forge(answerOf('192.0.2.66')), port, address)
    server.send(dnsPacket.encode(answerOf('192.0.2.1')), port, address)
  })
  server.bind(0, '127.0.0.1')
  await once(server, 'listening')
  const resolver = new ValidatingResolver([`127.0.0.1:${(server.address() as AddressInfo).port}`])
  expect(await resolver.resolve4('a.test')).toMatchObject({ records: ['192.0.2.1'], secure: false })
  server.close()
})
