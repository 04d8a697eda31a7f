/** The node agent as a process of its own, as it is built, on free ports. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

type Line = { msg: string; level: string; [field: string]: unknown }
export type Ports = Record<'smtp' | 'submission' | 'submissions' | 'imap' | 'imaps' | 'pop3' | 'pop3s', number>

const root = fileURLToPath(new URL('../..', import.meta.url))

export class NodeAgent {
  readonly lines: Line[] = []
  readonly exited: Promise<number | null>
  private readonly waiting: (() => void)[] = []

  private constructor(private readonly child: ChildProcess) {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      this.lines.push(JSON.parse(line) as Line)
      for (const wake of this.waiting.splice(0)) wake()
    })
    this.exited = new Promise((resolve) =>
      child.on('close', (code) => {
        resolve(code)
        for (const wake of this.waiting.splice(0)) wake()
      }),
    )
  }

  static spawn(dataFolder: string, controlPlane: URL, env: Record<string, string> = {}): NodeAgent {
    const anyPort = ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'IMAP', 'IMAPS', 'POP3', 'POP3S']
    const child = spawn(process.execPath, [`${root}node-agent/dist/main.js`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: {
        PATH: process.env['PATH'],
        MAILFLEET_NODE_DATA: dataFolder,
        MAILFLEET_CONTROL_PLANE_URL: controlPlane.href,
        MAILFLEET_JOIN_TOKEN: 'join-me',
        ...Object.fromEntries(anyPort.map((name) => [`MAILFLEET_${name}_PORT`, '0'])),
        ...env,
      },
    })
    return new NodeAgent(child)
  }

  /** The first line with this message; null when the process ended without it. */
  async line(message: string): Promise<Line | null> {
    for (;;) {
      const found = this.lines.find(({ msg }) => msg === message)
      if (found) return found
      if (this.child.exitCode !== null || this.child.signalCode !== null) return null
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    }
  }

  async ports(): Promise<Ports> {
    const ready = await this.line('ready')
    if (!ready) throw new Error(`the agent did not start: ${JSON.stringify(this.lines.at(-1))}`)
    return ready['ports'] as Ports
  }

  get pid(): number {
    return this.child.pid!
  }

  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.child.kill(signal)
    return this.exited
  }
}

/** Speaks a line protocol: sends each line after the answer to the one before, returns the last line of each answer. */
export function dialogue(port: number, commands: string[]): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const answers: string[] = []
    const left = [...commands]
    const socket = connect(port, '127.0.0.1')
    socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')))
    socket.on('error', reject)
    createInterface({ input: socket }).on('line', (line) => {
      // SMTP's multiline replies have a hyphen here.
      if (/^\d{3}-/.test(line)) return
      answers.push(line)
      const next = left.shift()
      if (next === undefined) socket.end()
      else socket.write(`${next}\r\n`)
    })
    socket.on('close', () => resolve(answers))
  })
}
