/** Commands for whoever runs the host: they need the database, not a sign-in. Each prints one line of JSON. */
import 'reflect-metadata'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { createFirstAdministrator } from './administrators/index.js'
import { openMigratedDatabase } from './application.js'
import { provideJoinToken } from './nodes/index.js'
import { ExpectedError } from './platform/errors.js'
import { readSettings } from './platform/settings.js'
import type { Database } from './platform/database.js'

const usage = `Usage:
  cli.js create-administrator --email E [--name N]     password: MAILFLEET_ADMIN_PASSWORD, or standard input
  cli.js create-join-token --node NAME --host-name H

DATABASE_URL names the database.`

class UsageError extends Error {}

type Command = (database: Database) => Promise<object>

async function readPassword(): Promise<string> {
  const given = process.env.MAILFLEET_ADMIN_PASSWORD
  return given ? given : (await text(process.stdin)).replace(/\r?\n$/, '')
}

async function commandOf(argv: string[]): Promise<Command> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      email: { type: 'string' },
      name: { type: 'string' },
      node: { type: 'string' },
      'host-name': { type: 'string' },
    },
  })
  if (positionals.length === 1 && positionals[0] === 'create-administrator' && values.email) {
    const given = { email: values.email, name: values.name ?? 'Administrator', password: await readPassword() }
    return async (database) => ({ created: await createFirstAdministrator(database, given) })
  }
  if (positionals.length === 1 && positionals[0] === 'create-join-token' && values.node && values['host-name']) {
    const given = { name: values.node, hostName: values['host-name'] }
    return (database) => provideJoinToken(database, given)
  }
  throw new UsageError(usage)
}

try {
  const command = await commandOf(process.argv.slice(2))
  const database = await openMigratedDatabase(readSettings(process.env))
  try {
    process.stdout.write(`${JSON.stringify(await command(database))}\n`)
  } finally {
    await database.close()
  }
} catch (error) {
  const field = error instanceof ExpectedError && error.inputPath ? `${error.inputPath.join('.')}: ` : ''
  process.stderr.write(`${field}${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
