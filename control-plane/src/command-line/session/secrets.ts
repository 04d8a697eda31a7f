/** Secrets: asked for at the terminal without echo, or read from a file or standard input; never an argument. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { usageFailure } from '../failures.js'
import type { Terminal } from '../terminal.js'

/** Enough for a key in PEM, and for a manifest. */
const maxBytes = 16 * 2 ** 20

/** Standard input can be read once, whoever asks. */
const inputs = new WeakMap<Terminal['stdin'], Promise<string>>()

export function readInput(terminal: Terminal): Promise<string> {
  let text = inputs.get(terminal.stdin)
  if (!text) inputs.set(terminal.stdin, (text = readWhole(terminal)))
  return text
}

async function readWhole({ stdin }: Terminal): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of stdin) {
    const bytes = Buffer.from(part as Buffer)
    if ((length += bytes.length) > maxBytes) throw usageFailure('standard input is too long')
    parts.push(bytes)
  }
  return Buffer.concat(parts).toString('utf8')
}

/** `-` is standard input. */
export const readText = (terminal: Terminal, path: string): Promise<string> =>
  path === '-'
    ? readInput(terminal)
    : readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw usageFailure(`${path}: ${error.code ?? error.message}`)
      })

/** Without the end of the line, of Windows too. */
export const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '')

export async function askSecret(terminal: Terminal, prompt: string, otherwise: string): Promise<string> {
  if (!terminal.stdin.isTTY) throw usageFailure(`${prompt} is missing: ${otherwise}`)
  return ask(terminal, prompt, false)
}

/** With `echo` false, what is typed is not shown. */
export function ask(terminal: Terminal, prompt: string, echo: boolean): Promise<string> {
  const { stdin, stderr, signal } = terminal
  stderr.write(`${prompt}: `)
  const reader = createInterface({ input: stdin, ...(echo && { output: stderr }), terminal: true, historySize: 0 })
  return new Promise((resolve, reject) => {
    const abort = () => (reader.close(), reject(signal.reason as Error))
    signal.addEventListener('abort', abort, { once: true })
    // In raw mode the terminal sends no SIGINT: readline tells of Ctrl-C.
    reader.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    reader.once('line', (line) => {
      signal.removeEventListener('abort', abort)
      reader.close()
      if (!echo) stderr.write('\n')
      resolve(line)
    })
    reader.once('close', () => reject(usageFailure(`${prompt} is missing`)))
  })
}
