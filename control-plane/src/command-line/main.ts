/** The program `mailfleet`: signals, pipes and the exit code. */
import { commandLine } from './command-line.js'
import type { Terminal } from './terminal.js'

const abort = new AbortController()
let readerGone = false
process.on('SIGINT', () => {
  // A second time: whatever it is that does not end.
  if (abort.signal.aborted) process.exit(130)
  abort.abort(new Error('interrupted'))
})
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `| head` has seen enough.
  readerGone = error.code === 'EPIPE'
  if (!readerGone) process.stderr.write(`mailfleet: ${error.message}\n`)
  abort.abort(error)
})
process.stderr.on('error', () => undefined)

const terminal: Terminal = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  signal: abort.signal,
}
const code = await commandLine(process.argv.slice(2), terminal)
process.exitCode = readerGone ? 0 : code
// What somebody typed ahead must not keep the program.
process.stdin.destroy()
