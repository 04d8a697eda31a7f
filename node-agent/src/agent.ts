/**
 * The agent from start to stop. It starts from the inside out, so that nothing answers before what it stands on works: data folder,
 * config, engine, link. It stops from the outside in. A step that fails undoes those before it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { operationsServer } from '@mailfleet/telemetry'
import type { Logger } from 'pino'
import { Registry } from 'prom-client'
import { claimDataFolder } from './config/data-folder.js'
import { ConfigState } from './config/config-state.js'
import { InMemoryDirectory } from './config/in-memory-directory.js'
import { openConfig } from './config/open-config.js'
import { createBuiltinEngine } from './engines/builtin/index.js'
import { EventSpool } from './events/event-spool.js'
import { AuditCheckpoints } from './link/audit-checkpoints.js'
import { EnrolmentFailedError, EnrolmentRefusedError } from './link/enrolment.js'
import { EventShipper } from './link/event-shipper.js'
import { Link } from './link/link.js'
import { NodeIdentity } from './link/node-identity.js'
import { StreamBases } from './link/stream-bases.js'
import { createStatusReporter } from './link/status-reporter.js'
import { registerNodeMetrics } from './metrics/index.js'
import { readNodeStatus } from './node-status.js'
import type { PortSettings, Settings } from './settings.js'
import { StartError } from './start-error.js'
import { Undo } from './undo.js'

export interface Agent {
  readonly nodeId: string | null
  readonly revision: number | null
  /** The ports that are open. */
  readonly ports: PortSettings
  /** Of metrics and health; null: nowhere. */
  readonly metricsPort: number | null
  stop(graceMs: number): Promise<void>
}

const { version: agentVersion } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

export async function startAgent(
  settings: Settings,
  logger: Logger,
  onFailure: (error: Error) => void,
): Promise<Agent> {
  const undo = new Undo()
  let isReady = false
  try {
    const registry = new Registry()
    const operations = await operationsServer({
      settings: settings.telemetry,
      component: 'node',
      version: agentVersion,
      registry,
      isReady: () => (isReady ? Promise.resolve() : Promise.reject(new Error('not ready'))),
    })
    undo.add(() => operations.close())
    undo.add(claimDataFolder(settings.dataFolder))
    const inData = (name: string) => join(settings.dataFolder, name)
    const identity = await NodeIdentity.open(inData('identity.json'))

    const directory = new InMemoryDirectory(settings.hostName)
    const events = await EventSpool.open(inData('events.db'), logger)
    undo.add(() => events.close())
    const engine = createBuiltinEngine({ settings, directory, events, logger, agentVersion })
    const { stored, writer } = await openConfig(inData('config.db'), agentVersion, logger)
    undo.add(() => writer.close())
    // Before the ports open: a server that knows half of its addresses would refuse the other half for good.
    const state = await ConfigState.restore({ stored, journal: writer, target: engine, definitions: agentVersion })

    const shippers: EventShipper[] = []
    const writers = [events.writer, writer]
    const status = createStatusReporter(() =>
      readNodeStatus({ engine, events, writers, shippers, state, agentVersion }),
    )
    const link = new Link({
      controlPlanes: settings.controlPlanes,
      identity,
      joinToken: settings.joinToken,
      agentVersion,
      state,
      status,
      shippers,
      auditCheckpoints: new AuditCheckpoints(inData('audit-checkpoints.jsonl'), logger),
      logger,
    })
    const metrics = registerNodeMetrics(registry, { engine, events, writers, shippers, state, link })
    await enrolFirst(link, logger)

    const bases = new StreamBases(inData('event-streams.json'))
    await engine.start()
    undo.add((graceMs) => engine.stop(graceMs))
    engine.writers().forEach(metrics.follow)
    shippers.push(...[events.writer, ...engine.writers()].map((outbox) => new EventShipper(outbox, bases, logger)))
    undo.add(() => shippers.forEach((shipper) => shipper.close()))
    link.start(onFailure)
    undo.add(() => link.close())
    isReady = true
    return {
      nodeId: identity.nodeId,
      revision: state.revision,
      ports: engine.ports(),
      metricsPort: operations.port,
      stop: (graceMs) => {
        isReady = false
        return undo.run(graceMs)
      },
    }
  } catch (error) {
    await undo.run(0)
    throw error
  }
}

/** A control plane that says no is told before any port opens; one that is away is asked again later. */
async function enrolFirst(link: Link, logger: Logger): Promise<void> {
  try {
    await link.enrol()
  } catch (error) {
    if (error instanceof EnrolmentRefusedError) throw new StartError(error.message)
    if (!(error instanceof EnrolmentFailedError)) throw error
    logger.warn({ reason: error.message }, 'not enrolled yet, trying again')
  }
}
