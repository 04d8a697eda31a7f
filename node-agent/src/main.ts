/** The node agent's process: wires settings, config, engine and link together, or runs an operator's command. Exit code 1 when it cannot start or has failed. */
import { pino } from 'pino'
import { startAgent } from './agent.js'
import { BackupError } from './operator/backup.js'
import { runCommand } from './operator/run-command.js'
import { readSettings, SettingsError } from './settings.js'
import { StartError } from './start-error.js'

const graceMs = 10_000

// Mail, keys and password hashes are nobody else's, whatever the caller's mask.
process.umask(0o077)

const logger = pino(
  { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
  pino.destination({ dest: 1, sync: true }),
)

function fail(error: unknown): never {
  if (error instanceof StartError || error instanceof SettingsError || error instanceof BackupError)
    logger.fatal(error.message)
  else logger.fatal({ err: error }, 'the node agent failed')
  process.exit(1)
}
process.on('uncaughtException', fail)
process.on('unhandledRejection', fail)

try {
  const exitCode = await runCommand(process.argv.slice(2), (text) => process.stdout.write(text))
  if (exitCode !== null) process.exit(exitCode)
  const settings = readSettings(process.env)
  logger.level = settings.logLevel
  const agent = await startAgent(settings, logger, fail)
  let stopping = false
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) {
      logger.warn({ signal }, 'stopping at once')
      process.exit(1)
    }
    stopping = true
    logger.info({ signal }, 'stopping')
    agent.stop(graceMs).then(() => {
      logger.info('stopped')
      process.exit(0)
    }, fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  // Whoever started this process waits for the line, whatever the log's level.
  logger
    .child({}, { level: 'info' })
    .info(
      { nodeId: agent.nodeId, revision: agent.revision, ports: agent.ports, metricsPort: agent.metricsPort },
      'ready',
    )
} catch (error) {
  fail(error)
}
