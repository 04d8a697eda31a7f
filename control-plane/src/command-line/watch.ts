/** Subscriptions: each event as it comes, until interrupted or --limit. */
import type { Data, Server } from './api/connection.js'
import { watch } from './api/subscription.js'
import { printSelection } from './model/selection.js'
import { rowWriter, writeObject } from './output/writer.js'
import { documentOf, type Call } from './call.js'
import { note, type Terminal } from './terminal.js'

export async function writeEvents(terminal: Terminal, server: Server, call: Call): Promise<void> {
  const { command, selection, form, options } = call
  const limit = options.number('limit', 1, Number.MAX_SAFE_INTEGER) ?? Number.POSITIVE_INFINITY
  const writer = selection && rowWriter(terminal, selection, form)
  const events = watch(server, documentOf(call, selection ? printSelection(selection) : ''), call.variables, {
    signal: terminal.signal,
    onLost: (reason) => note(terminal, `connection lost${reason && ` (${reason})`}; trying again`),
    onGap: (since, until) =>
      note(terminal, `connected again; what came from ${since.toISOString()} to ${until.toISOString()} is not shown`),
  })
  let count = 0
  for await (const event of events) {
    const value = event[command.field.name]
    if (writer) await writer.page([value as Data], false)
    else await writeObject(terminal, { value }, new Map([['value', null]]), form)
    if (++count >= limit) break
  }
  await writer?.end()
}
