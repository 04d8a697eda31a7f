/** Commands for whoever runs the host: they need the database, not a sign-in. Each prints one line of JSON. */
import 'reflect-metadata'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { createFirstAdministrator } from './administrators/index.js'
import { openMigratedDatabase } from './application.js'
import { provideJoinToken } from './nodes/index.js'
import { ExpectedError } from './platform/errors.js'
import { readMasterKeys, Secrets } from './platform/secrets/index.js'
import { readSettings, type Settings } from './platform/settings.js'
import { resetFactorsByEmail } from './sign-in/index.js'
import type { Database } from './platform/database.js'

const usage = `Usage:
  cli.js create-administrator --email E [--name N]     password: MAILFLEET_ADMIN_PASSWORD, or standard input
  cli.js create-join-token --node NAME --host-name H
  cli.js reset-two-factor EMAIL                        for who has lost every factor: removes them, ends the sessions
  cli.js rotate-master-key                             to the first key in MAILFLEET_MASTER_KEY or MAILFLEET_MASTER_KEY_FILE

DATABASE_URL names the database.`

class UsageError extends Error {}

type Command = (database: Database, settings: Settings) => Promise<object>

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
  if (positionals.length === 1 && positionals[0] === 'rotate-master-key') {
    return async (database, settings) => {
      const secrets = await Secrets.open(database, readMasterKeys(settings))
      return { dataKeys: await secrets.rotate() }
    }
  }
  const [name, email] = positionals
  if (positionals.length === 2 && name === 'reset-two-factor' && email) {
    return async (database) => ({ reset: await resetFactorsByEmail(database, email) })
  }
  throw new UsageError(usage)
}

try {
  const command = await commandOf(process.argv.slice(2))
  const settings = readSettings(process.env)
  const database = await openMigratedDatabase(settings)
  try {
    process.stdout.write(`${JSON.stringify(await command(database, settings))}\n`)
  } finally {
    await database.close()
  }
} catch (error) {
  const field = error instanceof ExpectedError && error.inputPath ? `${error.inputPath.join('.')}: ` : ''
  process.stderr.write(`${field}${(error as Error).message}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
