/** Our mail node as it is built, a process of its own, with the accounts of the run sent to it as its control plane would. */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { hash } from '@node-rs/argon2'
import { NodeAgent } from '../../support/node-agent.ts'
import { ScriptedControlPlane, until } from '../../support/scripted-control-plane.ts'
import { allUsers, users } from './users.mjs'

/** What the control plane uses; the other accounts get a cheap one, for their first sign-in is not what is measured. */
const standardCost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const cheap = { memoryCost: 64, timeCost: 1, parallelism: 1 }

export class Mailfleet {
  name = 'Mailfleet'
  #agent
  #controlPlane

  /** @param {{ folder: string, certificate: { cert: string, key: string } }} options */
  constructor(options) {
    this.options = options
  }

  get pid() {
    return this.#agent.pid
  }

  async start() {
    const { folder, certificate } = this.options
    if (!this.#controlPlane) {
      this.#controlPlane = await ScriptedControlPlane.listen()
      this.#controlPlane.script = script(await resources())
    }
    this.#agent = NodeAgent.spawn(join(folder, 'data'), this.#controlPlane.url, {
      MAILFLEET_TLS_CERT: certificate.cert,
      MAILFLEET_TLS_KEY: certificate.key,
      MAILFLEET_LOG_LEVEL: 'warn',
    })
    const { imaps, pop3s } = await this.#agent.ports()
    this.imap = imaps
    this.pop3 = pop3s
    // A mailbox takes sign-ins once its config is in force.
    while (this.#controlPlane.acknowledgements.length === 0) await sleep(20)
  }

  async restart() {
    await this.#agent.kill('SIGTERM')
    await this.start()
  }

  /** There is nothing to forget: what FETCH tells of a message is made when it is stored. */
  forget() {}

  async stop() {
    await this.#agent?.kill('SIGTERM')
    await this.#controlPlane?.close()
  }
}

async function resources() {
  const settings = { kind: 'NodeSettings', id: 'node-1', hostName: 'mail.bench.test', status: 'ACTIVE' }
  const domain = { kind: 'Domain', id: 'd', tenantId: 't', name: 'bench.test', status: 'ACTIVE', catchAll: null }
  const { password } = allUsers[0]
  const [strong, weak] = await Promise.all([hash(password, standardCost), hash(password, cheap)])
  const mailboxes = allUsers.map((user) => ({
    kind: 'Mailbox',
    id: user.login.split('@')[0],
    domainId: 'd',
    address: user.login,
    displayName: '',
    status: 'ACTIVE',
    passwordHash: users.login.includes(user) ? strong : weak,
    quotaBytes: null,
  }))
  return [settings, domain, ...mailboxes].map((resource) => ({
    key: `${resource.kind}/${resource.id}`,
    version: 1,
    resource: JSON.stringify(resource),
  }))
}

const script = (entries) =>
  async function* (request, signal) {
    if (request.epoch === null) {
      yield { __typename: 'SnapshotBegin', nonce: 's', epoch: 'e', revision: 1 }
      yield { __typename: 'SnapshotChunk', nonce: 's', entries }
      yield { __typename: 'SnapshotEnd', nonce: 's', epoch: 'e', revision: 1 }
    } else yield { __typename: 'Bookmark', revision: 1 }
    await until(signal)
  }
