/** Runs a command of the model: reads what it lacks, asks the server, writes the answer. */
import { randomUUID } from 'node:crypto'
import { getNamedType } from 'graphql'
import { ApiConnection, type Data, type RequestOptions } from './api/connection.js'
import { ApiFailure, CommandFailure, exitCodes, usageFailure, type ApiError } from './failures.js'
import { readInvocation, type Invocation, type Options } from './invocation.js'
import type { Command } from './model/commands.js'
import type { Variables } from './model/variables.js'
import { chosenSelection, compositeOf, defaultSelection, printSelection, type Selection } from './model/selection.js'
import { documentOf, requestOptions, type Call } from './call.js'
import { writePages } from './pages.js'
import { writeObject, rowWriter, type WriterOptions } from './output/writer.js'
import { chosenServer } from './session/profiles.js'
import { askSecret } from './session/secrets.js'
import { note, write, type Terminal } from './terminal.js'
import { writeEvents } from './watch.js'

export async function runCommand(terminal: Terminal, command: Command, args: string[]): Promise<void> {
  const invocation = await readInvocation(terminal, command, args)
  const { options, variables } = invocation
  // Before anybody is asked for a password.
  const selected = selectionOf(command, options)
  const form = writerOptions(options)
  requireFlags(command, variables)
  variables.checkGiven()
  const server = await chosenServer(options.chosen, terminal.env)
  const api = new ApiConnection(server)
  const request = requestOptions(terminal, options)
  await readWhatIsMissing(terminal, command, invocation, api, request)
  const call = { command, variables: variables.checked(), selection: selected, options, form }
  if (command.kind === 'subscription') return writeEvents(terminal, server, call)
  if (command.isList) return writePages(terminal, api, request, call)
  if (command.kind === 'query') return runQuery(terminal, api, request, call)
  return runMutation(terminal, api, request, call)
}

const writerOptions = (options: Options): WriterOptions => ({
  format: options.format,
  utc: options.has('utc'),
  chosen: options.has('fields'),
})

/** Of a mutation the payload, of a list its nodes. */
function selectionOf(command: Command, options: Options): Selection | null {
  const type = compositeOf(getNamedType(command.field.type))
  if (!type) return null
  const chosen = options.text('fields')
  if (command.kind !== 'mutation') {
    const node = command.isList ? compositeOf(getNamedType(type.getFields().nodes!.type))! : type
    return chosen ? chosenSelection(node, chosen) : defaultSelection(node, !command.isList && command.kind === 'query')
  }
  const selection: Selection = new Map()
  const objects = Object.values(type.getFields()).filter(({ name }) => name !== 'errors')
  for (const field of objects) {
    const inner = compositeOf(getNamedType(field.type))
    const pick = inner && chosen && objects.length === 1 ? chosenSelection(inner, chosen) : null
    selection.set(field.name, inner ? (pick ?? defaultSelection(inner, false)) : null)
  }
  return selection
}

async function runQuery(terminal: Terminal, api: ApiConnection, request: RequestOptions, call: Call): Promise<void> {
  const { command, selection, form } = call
  const document = documentOf(call, selection ? printSelection(selection) : '')
  const value = (await api.request(document, call.variables, request))[command.field.name]
  if (value === null || value === undefined) {
    throw new ApiFailure([{ code: 'NOT_FOUND', message: 'There is no such object, or you may not see it.' }])
  }
  await writeValue(terminal, value, selection, form)
}

async function runMutation(terminal: Terminal, api: ApiConnection, request: RequestOptions, call: Call): Promise<void> {
  const { command, selection, form, options } = call
  const idempotencyKey = options.text('idempotency-key') ?? randomUUID()
  const errors = 'errors { code message path params { name value } }'
  const inner = selection && selection.size > 0 ? printSelection(selection).slice(1, -1) : ''
  const document = documentOf(call, `{ ${inner} ${errors} }`)
  const data = await api.request(document, call.variables, { ...request, idempotencyKey }).catch((error: unknown) => {
    if (terminal.signal.aborted || (error instanceof CommandFailure && error.exitCode === exitCodes.unavailable)) {
      note(terminal, `It may have taken effect. To be sure: the same again with --idempotency-key ${idempotencyKey}`)
    }
    throw error
  })
  const { errors: refused, ...payload } = data[command.field.name] as Data & { errors: ApiError[] }
  if (refused.length > 0) throw new ApiFailure(refused)
  const names = Object.keys(payload)
  if (names.length === 0) return note(terminal, 'Done.')
  const only = names.length === 1 ? selection?.get(names[0]!) : null
  if (only) return writeValue(terminal, payload[names[0]!], only, form)
  await writeObject(terminal, payload, selection!, form)
}

async function writeValue(terminal: Terminal, value: unknown, selection: Selection | null, form: WriterOptions) {
  if (!selection) return write(terminal, `${form.format === 'table' ? String(value) : JSON.stringify(value)}\n`)
  if (!Array.isArray(value)) return writeObject(terminal, (value ?? {}) as Data, selection, form)
  const writer = rowWriter(terminal, selection, form)
  await writer.page(value as Data[], true)
  await writer.end()
}

/** Versions can be read, secrets asked for. */
function requireFlags(command: Command, variables: Variables): void {
  const readable = command.versionQuery && variables.at(['input', 'id']) !== undefined
  const missing = variables.missing().filter(({ secret, path }) => !secret && !(readable && path.at(-1) === 'version'))
  if (missing.length > 0)
    throw usageFailure(`missing: ${missing.map(({ flag }) => `--${flag}`).join(', ')} (see --help)`)
}

async function readWhatIsMissing(
  terminal: Terminal,
  command: Command,
  { variables }: Invocation,
  api: ApiConnection,
  request: RequestOptions,
): Promise<void> {
  const version = variables.missing().find(({ path }) => path.at(-1) === 'version')
  const id = variables.at(['input', 'id'])
  if (version && command.versionQuery && typeof id === 'string') {
    const query = `query ($id: ID!) { found: ${command.versionQuery}(id: $id) { version } }`
    const { found } = (await api.request(query, { id }, request)) as { found: { version: number } | null }
    if (!found) throw new ApiFailure([{ code: 'NOT_FOUND', message: 'There is no such object.', path: ['id'] }])
    variables.put(version.path, found.version)
  }
  for (const { flag, path } of variables.missing()) {
    variables.put(path, await askSecret(terminal, flag, `--${flag}-stdin or --${flag}-file`))
  }
}
