/** Commands that no field of the API is. */
import { ApiConnection } from './api/connection.js'
import { usageFailure } from './failures.js'
import type { OwnCommand } from './help.js'
import { splitOptions, type Options } from './invocation.js'
import { uploadImport, waitForJob } from './jobs.js'
import { jsonOf } from './model/values.js'
import { generalOptions } from './model/options.js'
import { csvLine } from './output/writer.js'
import { requestOptions } from './call.js'
import { login, logout } from './session/login.js'
import { chosenServer, profileName, readProfiles, writeProfiles } from './session/profiles.js'
import { readInput, readText } from './session/secrets.js'
import { write, type Terminal } from './terminal.js'

export interface RunnableCommand extends OwnCommand {
  run(terminal: Terminal, options: Options, words: string[]): Promise<void>
}

const common = (...names: string[]) => generalOptions.filter(({ name }) => [...names, 'help'].includes(name))
const connection = ['profile', 'url', 'allow-http', 'timeout']

export const ownCommands: RunnableCommand[] = [
  {
    path: ['login'],
    usage: 'login',
    description: 'Signs in, and keeps a token in a profile.',
    options: [
      { name: 'email', value: 'EMAIL', description: 'of the account; asked for without' },
      { name: 'password-stdin', value: null, description: 'a line of standard input; a second one is the code' },
      { name: 'token-stdin', value: null, description: 'a token made elsewhere, from standard input' },
      { name: 'days', value: 'N', description: 'how long the token holds; 30 without' },
      ...common(...connection),
    ],
    run: (terminal, options, words) => {
      none(words)
      const given = {
        ...options.chosen,
        email: options.text('email'),
        passwordFromInput: options.has('password-stdin'),
        tokenFromInput: options.has('token-stdin'),
        days: options.number('days', 1, 365) ?? 30,
      }
      return login(terminal, given, requestOptions(terminal, options))
    },
  },
  {
    path: ['logout'],
    usage: 'logout',
    description: 'Ends the token that login made, and forgets the profile.',
    options: common(...connection),
    run: (terminal, options, words) => {
      none(words)
      return logout(terminal, options.chosen, requestOptions(terminal, options))
    },
  },
  {
    path: ['profile', 'list'],
    usage: 'profile list',
    description: 'The profiles there are; the one in use has a star. Tokens are not shown.',
    options: common('output'),
    run: async (terminal, options, words) => {
      none(words)
      const file = await readProfiles(terminal.env)
      const current = profileName(options.chosen, terminal.env, file)
      const rows = Object.entries(file.profiles).map(([name, { url, email = '' }]) => ({
        name,
        url,
        email,
        current: name === current,
      }))
      const text = {
        table: () => rows.map((row) => `${row.current ? '*' : ' '} ${row.name}  ${row.url}  ${row.email}\n`).join(''),
        json: () => `${JSON.stringify(rows, null, 2)}\n`,
        jsonl: () => rows.map((row) => `${JSON.stringify(row)}\n`).join(''),
        csv: () =>
          [['name', 'url', 'email', 'current'], ...rows.map((row) => Object.values(row).map(String))]
            .map(csvLine)
            .join(''),
      }[options.format]()
      await write(terminal, text)
    },
  },
  {
    path: ['profile', 'use'],
    usage: 'profile use NAME',
    description: 'From now on this profile, where none is named.',
    options: common(),
    run: async (terminal, _, [name, ...more]) => {
      none(more)
      const file = await readProfiles(terminal.env)
      if (name === undefined || !Object.hasOwn(file.profiles, name))
        throw usageFailure(`there is no profile ${name ?? ''}`)
      await writeProfiles(terminal.env, { ...file, current: name })
    },
  },
  {
    path: ['import', 'upload'],
    usage: 'import upload FILE | -',
    description: 'Uploads a file of CSV or JSON lines, which import start then takes.',
    options: [
      { name: 'type', value: 'TYPE', description: 'csv or jsonl; without, by the name of the file' },
      ...common(...connection),
    ],
    run: async (terminal, options, [file, ...more]) => {
      none(more)
      if (file === undefined) throw usageFailure('mailfleet import upload FILE')
      const api = new ApiConnection(await chosenServer(options.chosen, terminal.env))
      await uploadImport(terminal, api, file, options.text('type'))
    },
  },
  {
    path: ['job', 'wait'],
    usage: 'job wait ID',
    description: 'Shows how far a job is until it ends, and ends as it does.',
    options: [
      { name: 'cancel', value: null, description: 'Ctrl-C cancels the job; without, it only ends the waiting' },
      { name: 'every', value: 'SECONDS', description: 'how often to look; 2 without' },
      ...common(...connection),
    ],
    run: async (terminal, options, [id, ...more]) => {
      none(more)
      if (id === undefined) throw usageFailure('mailfleet job wait ID')
      const api = new ApiConnection(await chosenServer(options.chosen, terminal.env))
      const everyMs = (options.number('every', 1, 3_600) ?? 2) * 1_000
      const wanted = { id, everyMs, cancelAtInterrupt: options.has('cancel') }
      await waitForJob(terminal, api, requestOptions(terminal, options), wanted)
    },
  },
  {
    path: ['api'],
    usage: "api 'GRAPHQL' | -",
    description: 'Sends a query or mutation as it is, and shows the data as JSON.',
    options: [
      { name: 'variables', value: 'JSON', description: 'of the document' },
      { name: 'variables-file', value: 'FILE', description: 'the same, from a file; - is standard input' },
      ...common(...connection, 'idempotency-key'),
    ],
    run: async (terminal, options, [document, ...more]) => {
      none(more)
      if (document === undefined) throw usageFailure("mailfleet api '{ viewer { mustEnrol } }'")
      const query = document === '-' ? await readInput(terminal) : document
      const file = options.text('variables-file')
      const json = file === null ? options.text('variables') : await readText(terminal, file)
      const variables = json === null ? {} : jsonOf(json, '--variables')
      const idempotencyKey = options.text('idempotency-key')
      const request = {
        ...requestOptions(terminal, options),
        // Without a key a mutation might take effect twice.
        repeatable: idempotencyKey !== null || !/\bmutation\b/.test(query),
        idempotencyKey,
      }
      const api = new ApiConnection(await chosenServer(options.chosen, terminal.env))
      const data = await api.request(query, variables as Record<string, unknown>, request)
      await write(terminal, `${JSON.stringify(data, null, 2)}\n`)
    },
  },
]

export const runOwnCommand = (terminal: Terminal, command: RunnableCommand, args: string[]): Promise<void> => {
  const { options, words } = splitOptions(args, command.options)
  return command.run(terminal, options, words)
}

function none(words: string[]): void {
  if (words.length > 0) throw usageFailure(`too many words: ${words.join(' ')}`)
}
