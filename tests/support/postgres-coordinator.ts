/**
 * Vitest's global set-up: lets all test processes of one run share one embedded PostgreSQL, which starts when the first
 * of them asks and ends with the run. A run that needs no database starts none.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startEmbeddedPostgres, type EmbeddedServer } from './embedded-postgres.js'

export default async function setUp(): Promise<() => Promise<void>> {
  let postgres: Promise<EmbeddedServer> | undefined
  const coordinator = createServer((_request, response) => {
    postgres ??= startEmbeddedPostgres()
    postgres.then(
      (server) => response.end(server.url),
      (error) => response.writeHead(500).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => coordinator.listen(0, '127.0.0.1', resolve))
  process.env.MAILFLEET_TEST_POSTGRES = `http://127.0.0.1:${(coordinator.address() as AddressInfo).port}`
  return async () => {
    coordinator.close()
    coordinator.closeAllConnections()
    await (await postgres)?.stop()
  }
}
