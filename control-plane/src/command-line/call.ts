/** A command with all that it needs, and the request that it makes. */
import type { RequestOptions } from './api/connection.js'
import type { Options } from './invocation.js'
import type { Command } from './model/commands.js'
import type { Selection } from './model/selection.js'
import type { WriterOptions } from './output/writer.js'
import { note, type Terminal } from './terminal.js'

export interface Call {
  command: Command
  variables: Record<string, unknown>
  /** Null: the answer is a plain value. */
  selection: Selection | null
  options: Options
  form: WriterOptions
}

export function requestOptions(terminal: Terminal, options: Options): RequestOptions {
  return {
    signal: terminal.signal,
    timeoutMs: options.timeoutMs,
    repeatable: true,
    onRetry: (reason, seconds) => note(terminal, `${reason}; again in ${seconds.toFixed(1)} s`),
  }
}

/** `query ($filter: DomainFilter) { domains(filter: $filter) … }` */
export function documentOf({ command, variables }: Call, inner: string, more: Record<string, string> = {}): string {
  const named = { ...Object.fromEntries(command.field.args.map(({ name, type }) => [name, String(type)])), ...more }
  const names = Object.keys(named).filter((name) => name in variables || name in more)
  const declared = names.map((name) => `$${name}: ${named[name]}`).join(', ')
  const given = names.map((name) => `${name}: $${name}`).join(', ')
  return `${command.kind}${declared && ` (${declared})`} { ${command.field.name}${given && `(${given})`} ${inner} }`
}
