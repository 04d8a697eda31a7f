/** A second mail node beside the product's own, as an operator would start it on another host. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api } from '../support/api.js'
import { NodeAgent, type Ports } from '../support/node-agent.js'

export interface SecondNode {
  id: string
  ports: Ports
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
  const agent = NodeAgent.spawn(join(folder, 'data'), new URL(api.baseUrl), {
    MAILFLEET_JOIN_TOKEN: createJoinToken.token,
  })
  return {
    id,
    ports: await agent.ports(),
    async stop() {
      await agent.kill('SIGTERM')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
