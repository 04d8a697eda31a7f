/** A whole mail node to be killed: in the folder of its first argument. Writes `ready <MX port>`; `queue` mail goes to the second's port. */
import { domain, mailbox, settings, startMailNode } from './mail-node.js'

const [, , dataDir, sinkPort] = process.argv
const route = { domain: '*' as const, host: '127.0.0.1', port: Number(sinkPort), tls: 'NONE' as const }
const node = await startMailNode({
  dataDir: dataDir!,
  resources: [
    settings({ outboundRoutes: [route], retryDelays: [1] }),
    domain('a.test', { catchAll: 'x@far.test' }),
    mailbox('ann@a.test'),
    mailbox('bob@a.test'),
  ],
})
process.stdout.write(`ready ${node.mx}\n`)
