/** An embedded PostgreSQL server in a temporary folder, for tests: without fsync, since no test outlives it. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EmbeddedPostgres } from '../../deploy/postgres.mjs'
import { freePorts } from './ports.js'

export interface EmbeddedServer {
  url: string
  stop(): Promise<void>
}

const withoutFsync = ['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'max_connections=200']

export async function startEmbeddedPostgres(): Promise<EmbeddedServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'mailfleet-postgres-'))
  // As root the server runs as another user, which must be able to reach its data folder.
  await chmod(folder, 0o711)
  const [port] = (await freePorts(1)) as [number]
  const server = new EmbeddedPostgres({ dataDir: folder, port, flags: withoutFsync })
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await server.start()
  } catch (error) {
    await stop()
    throw error
  }
  return { url: server.url, stop }
}
