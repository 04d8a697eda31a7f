/**
 * A process to be killed: opens the queue in the folder of its first argument, with everything routed to the port of its second, and
 * enqueues numbered messages from its third on, some large, several at once. Writes `ok <number>` for each that is taken.
 */
import { pino } from 'pino'
import { configKey, nodeSettingsResource } from '@mailfleet/schema'
import { InMemoryDirectory } from '../../../../config/in-memory-directory.js'
import { createOutboundQueue } from '../create-outbound-queue.js'

const [, , dataDir, port, first] = process.argv
const directory = new InMemoryDirectory('mx.child.test')
const settings = nodeSettingsResource.parse({
  kind: 'NodeSettings',
  id: 'n1',
  hostName: 'mx.child.test',
  status: 'ACTIVE',
  outboundRoutes: [{ domain: '*', host: '127.0.0.1', port: Number(port), tls: 'NONE' }],
  retryDelays: [1],
})
directory.apply([{ key: configKey(settings), version: 1, resource: settings }])
const queue = await createOutboundQueue(
  { directory, logger: pino({ level: 'silent' }), deliverLocal: () => Promise.resolve([]) },
  { dataDir: dataDir! },
)
await queue.start()

async function enqueue(number: number): Promise<void> {
  const size = number % 10 === 0 ? 100_000 : 100
  const buffer = Buffer.from(`Subject: ${number}\r\n\r\n${'x'.repeat(size)}\r\n`)
  await queue.enqueue({
    transactionId: `t${number}`,
    reversePath: '',
    recipients: [{ address: `n${number}@far.test`, domainId: 'd' }],
    content: { size: buffer.length, buffer },
    messageId: null,
    subject: String(number),
  })
  process.stdout.write(`ok ${number}\n`)
}
let next = Number(first)
process.stdout.write('ready\n')
if (next >= 0) {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (;;) await enqueue(next++)
    }),
  )
} else {
  setInterval(() => {
    if (queue.size() > 0) return
    process.stdout.write('empty\n')
    process.exit()
  }, 20)
}
