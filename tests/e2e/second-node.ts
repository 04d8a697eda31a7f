/** A second mail node beside the product's own, as an operator would start it on another host. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Api } from '../support/api.js'
import { repositoryRoot } from '../support/product.js'

export interface SecondNode {
  id: string
  ports: Record<'smtp' | 'submission' | 'submissions' | 'imap' | 'imaps' | 'pop3' | 'pop3s', number>
  stop(): Promise<void>
}

/** Makes the node in the console, takes its join token and starts the agent with it, all ports free ones. */
export async function startSecondNode(api: Api, name: string): Promise<SecondNode> {
  const { id } = await api.create('MailNode', { name, hostName: `${name}.example.net` })
  const { createJoinToken } = await api.run<{ createJoinToken: { token: string } }>(
    'mutation ($id: ID!) { createJoinToken(mailNodeId: $id) { token errors { code message } } }',
    { id },
  )
  const folder = mkdtempSync(join(tmpdir(), 'mailfleet-node-'))
  const anyPort = Object.fromEntries(
    ['SMTP', 'SUBMISSION', 'SUBMISSIONS', 'IMAP', 'IMAPS', 'POP3', 'POP3S'].map((protocol) => [
      `MAILFLEET_${protocol}_PORT`,
      '0',
    ]),
  )
  const agent = spawn(process.execPath, [join(repositoryRoot, 'node-agent/dist/main.js')], {
    env: {
      ...process.env,
      ...anyPort,
      MAILFLEET_NODE_DATA: join(folder, 'data'),
      MAILFLEET_CONTROL_PLANE_URL: api.baseUrl,
      MAILFLEET_JOIN_TOKEN: createJoinToken.token,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ready = await new Promise<{ ports: SecondNode['ports'] }>((resolve, reject) => {
    const lines: string[] = []
    createInterface({ input: agent.stdout! }).on('line', (line) => {
      lines.push(line)
      if (line.includes('"msg":"ready"')) resolve(JSON.parse(line) as { ports: SecondNode['ports'] })
    })
    agent.once('exit', (code) => reject(new Error(`the second node ended with ${code}:\n${lines.join('\n')}`)))
  })
  return { id, ports: ready.ports, stop: () => stopAgent(agent, folder) }
}

async function stopAgent(agent: ChildProcess, folder: string): Promise<void> {
  const ended = new Promise((resolve) => agent.once('exit', resolve))
  if (agent.exitCode === null && agent.signalCode === null) {
    agent.kill('SIGTERM')
    await ended
  }
  rmSync(folder, { recursive: true, force: true })
}
