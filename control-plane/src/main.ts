/** The control plane's process: settings from the environment, one JSON line when it serves, a clean end on a signal. */
import 'reflect-metadata'
import { startApplication } from './application.js'
import { createLogger } from './platform/logger.js'
import { readSettings } from './platform/settings.js'

const fail = (error: unknown): never => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

try {
  const settings = readSettings(process.env)
  const logger = createLogger(settings.logLevel)
  process.on('unhandledRejection', (error) => logger.error({ error }, 'unhandled rejection'))
  const application = await startApplication(settings, logger)

  let stopping = false
  const stop = (signal: string): void => {
    if (stopping) process.exit(1)
    stopping = true
    logger.info({ signal }, 'stopping')
    application.stop().then(() => process.exit(0), fail)
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => stop(signal))

  const { url, metricsPort } = application
  // Whoever started this process waits for the line, whatever the log's level.
  process.stdout.write(
    `${JSON.stringify({ level: 'info', time: new Date().toISOString(), url, metricsPort, msg: 'ready' })}\n`,
  )
} catch (error) {
  fail(error)
}
