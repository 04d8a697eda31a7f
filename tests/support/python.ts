/** Python's own mail clients, run as a person would run a script; skipped with a reason where there is no Python. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'

export const hasProgram = (name: string): boolean => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0

/** Runs tests/support/<script> with `input` as JSON on standard input; answers the JSON that it prints. */
export async function runPython<Result>(script: string, input: unknown): Promise<Result> {
  const child = spawn('python3', [join(import.meta.dirname, script)], { stdio: ['pipe', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdin.end(JSON.stringify(input))
  const code = await new Promise((resolve) => child.once('close', resolve))
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${errors.slice(-2_000)}`)
  return JSON.parse(output) as Result
}

/** Runs a command to its end; `status` and what it printed. */
export async function run(
  command: string,
  args: string[],
  options: { input?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {},
) {
  const child = spawn(command, args, {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  child.stdin.end(options.input ?? '')
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { status, stdout: Buffer.concat(chunks), stderr: errors }
}
