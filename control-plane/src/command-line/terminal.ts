/**
 * Where a command reads and writes. Everything that came from elsewhere is shown without control characters: a subject line
 * must not drive somebody's terminal. Writing waits for a slow reader, and a reader that is gone ends the command in silence.
 */
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'

export interface Terminal {
  stdin: Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown }
  stdout: Writable & { isTTY?: boolean; columns?: number }
  stderr: Writable & { isTTY?: boolean }
  env: Record<string, string | undefined>
  /** Aborted by SIGINT, and when nobody reads the output any more. */
  signal: AbortSignal
}

/** C0 and C1 controls, and what turns the direction of text, made visible. */
export const printable = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, (character) =>
    character === '\n' ? '\u23ce' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

export async function write(terminal: Terminal, text: string): Promise<void> {
  terminal.signal.throwIfAborted()
  if (!terminal.stdout.write(text)) await once(terminal.stdout, 'drain', { signal: terminal.signal })
}

/** For people: what is no result. */
export const note = (terminal: Terminal, text: string): void => void terminal.stderr.write(`${text}\n`)
