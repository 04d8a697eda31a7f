/**
 * A session worker's process: serves the connections that the main process hands over, with a replica of the directory and of the
 * store. All that must be one for the node, the writers, sign-in, POP3 locks and events, it asks the main process for. It lives
 * no longer than that one: when the channel ends, so does it, with all its connections.
 */
import { mkdirSync, rmSync } from 'node:fs'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { pino } from 'pino'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { createImapProtocol } from '../imap/index.js'
import { summarizeMessage } from '../message/index.js'
import { SessionHost, type StreamProtocol } from '../net/index.js'
import { createPop3Protocol } from '../pop3/index.js'
import { openStoreReplica, type WriteAnswer } from '../store/index.js'
import { followedTls } from '../tls/index.js'
import { Channel, type Peer } from './channel.js'
import type { ConfigChange, HandOver, ProtocolName, TlsMaterial, WorkerStart } from './messages.js'
import { remoteAuthenticator, remoteEvents, RemoteLocks } from './remote-services.js'

// A terminal's and a service manager's signals reach the whole group: when to stop, the main process says.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)
process.on('disconnect', () => process.exit(0))

const start = await new Promise<WorkerStart>((resolve) =>
  process.once('message', (message) => resolve(message as WorkerStart)),
)
const logger = pino(
  {
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    level: start.logLevel,
    formatters: { level: (level) => ({ level }) },
  },
  pino.destination({ dest: 1, sync: true }),
)
function fail(error: unknown): never {
  logger.fatal({ err: error }, 'a session worker failed')
  process.exit(1)
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

const directory = new InMemoryDirectory(start.hostName)
const tls = followedTls(start.tls)
const locks: RemoteLocks = new RemoteLocks(() => channel)
const hosts = new Map<ProtocolName, SessionHost>()

const channel: Channel = new Channel(process as Peer, {
  apply: (changes: ConfigChange[]) => directory.apply(changes),
  tls: (material: TlsMaterial) => tls.use(material),
  changed: (mailboxIds: number[]) => store.heard(mailboxIds),
  changedSomething: () => store.heardOfSomething(),
  giveWay: locks.giveWay,
  serve({ id, protocol, implicitTls }: HandOver, socket?: Socket) {
    const gone = () => channel.tell('gone', id)
    // The client may have left on the way.
    if (!socket) return gone()
    socket.allowHalfOpen = true
    void hosts.get(protocol)!.run(socket, implicitTls, gone)
  },
  async close(graceMs: number) {
    await Promise.all([...hosts.values()].map((host) => host.close(graceMs)))
  },
})

const store = openStoreReplica({
  dataDir: join(start.dataFolder, 'store'),
  summarize: summarizeMessage,
  quotaOf: (id) => {
    const mailbox = directory.mailboxById(id)
    return mailbox ? directory.policy('MAILBOX_QUOTA', mailbox).value : null
  },
  accountExists: (id) => directory.mailboxById(id) !== undefined,
  write: (call) => channel.call<WriteAnswer>('write', call),
  announce: (mailboxIds) => channel.tell('changed', mailboxIds),
  damaged: (message) => channel.tell('damaged', message),
})
rmSync(start.spoolFolder, { recursive: true, force: true })
mkdirSync(start.spoolFolder, { recursive: true, mode: 0o700 })

const deps = {
  store,
  authenticator: remoteAuthenticator(channel),
  tls,
  directory,
  events: remoteEvents(channel),
  logger,
}
const protocols: Record<ProtocolName, StreamProtocol> = {
  imap: createImapProtocol(deps, { spoolDirectory: start.spoolFolder }),
  pop3: createPop3Protocol({ ...deps, locks }),
}
for (const name of ['imap', 'pop3'] as const) {
  hosts.set(name, new SessionHost(protocols[name], tls, logger))
  protocols[name].follow()
}
channel.tell('ready', null)
