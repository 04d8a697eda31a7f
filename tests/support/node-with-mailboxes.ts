/** A mail node, built and in a process of its own, with mailboxes of one password, and no control plane but a scripted one. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { hash } from '@node-rs/argon2'
import { configKey, type ConfigResource } from '@mailfleet/schema'
import { eventually } from './eventually.js'
import { NodeAgent, type Ports } from './node-agent.js'
import { ScriptedControlPlane, until } from './scripted-control-plane.js'

const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 }

export class NodeWithMailboxes {
  ports!: Ports
  private agent!: NodeAgent

  private constructor(
    private readonly folder: string,
    private readonly controlPlane: ScriptedControlPlane,
    readonly password: string,
    private readonly domain: string,
  ) {}

  static async start(folder: string, names: string[], domain = 'example.org'): Promise<NodeWithMailboxes> {
    const controlPlane = await ScriptedControlPlane.listen()
    const password = randomBytes(12).toString('hex')
    const passwordHash = await hash(password, cheap)
    const entries = resources(names, domain, passwordHash).map((resource) => ({
      key: configKey(resource as ConfigResource),
      version: 1,
      resource: JSON.stringify(resource),
    }))
    controlPlane.script = async function* (request, signal) {
      if (request.epoch === null) {
        yield { __typename: 'SnapshotBegin', nonce: 's', epoch: 'e', revision: 1 }
        yield { __typename: 'SnapshotChunk', nonce: 's', entries }
        yield { __typename: 'SnapshotEnd', nonce: 's', epoch: 'e', revision: 1 }
      } else yield { __typename: 'Bookmark', revision: 1 }
      await until(signal)
    }
    const node = new NodeWithMailboxes(folder, controlPlane, password, domain)
    await node.launch()
    const refused = await eventually(
      () => controlPlane.acknowledgements[0],
      (acknowledgement) => acknowledgement !== undefined,
    )
    const bad = refused?.results.find(({ status }) => status !== 'APPLIED' && status !== 'ACK')
    if (bad?.error) throw new Error(`the node refused its config: ${bad.key} ${bad.error}`)
    return node
  }

  address = (name: string): string => `${name}@${this.domain}`

  async killAndRestart(): Promise<void> {
    await this.agent.kill('SIGKILL')
    await this.launch()
  }

  async stop(): Promise<void> {
    await this.agent.kill('SIGTERM')
    await this.controlPlane.close()
  }

  private async launch(): Promise<void> {
    this.agent = NodeAgent.spawn(join(this.folder, 'data'), this.controlPlane.url)
    this.ports = await this.agent.ports()
  }
}

const resources = (names: string[], domain: string, passwordHash: string) => [
  { kind: 'NodeSettings', id: 'node-1', hostName: 'mx.example.org', status: 'ACTIVE' },
  { kind: 'Domain', id: 'd', tenantId: 't', name: domain, status: 'ACTIVE', catchAll: null },
  ...names.map((name, index) => ({
    kind: 'Mailbox',
    id: `mailbox-${index}`,
    domainId: 'd',
    address: `${name}@${domain}`,
    displayName: '',
    status: 'ACTIVE',
    passwordHash,
    quotaBytes: null,
  })),
]
