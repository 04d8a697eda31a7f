/** A node as schema/node.graphql has it: its own key, a real graphql-ws client, and config kept in a map. */
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client } from 'graphql-ws'
import { CompactSign, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { WebSocket } from 'ws'

type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']

export interface Frame {
  __typename: 'SnapshotBegin' | 'SnapshotChunk' | 'SnapshotEnd' | 'Delta' | 'Bookmark' | 'Resync'
  nonce: string
  epoch: string
  revision: number
  entries: { key: string; version: number; resource: string | null }[]
  reason: string
}

const configStream = `subscription ($epoch: String, $since: SafeInt, $window: Int!) {
  configStream(epoch: $epoch, sinceRevision: $since, window: $window) {
    __typename
    ... on SnapshotBegin { nonce epoch revision } ... on SnapshotChunk { nonce entries { key version resource } }
    ... on SnapshotEnd { nonce epoch revision } ... on Delta { nonce revision entries { key version resource } }
    ... on Bookmark { revision } ... on Resync { reason }
  } }`
const ackConfig =
  'mutation ($nonce: String!, $results: [ConfigResultInput!]!) { ackConfig(nonce: $nonce, results: $results) }'
const enrolment = 'mutation ($input: EnrolInput!) { enrol(input: $input) { nodeId nodeName errorCode } }'

export async function post(url: string, query: string, variables: object = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  return { status: response.status, body: await response.json() }
}

export async function enrolInput(joinToken: string) {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true })
  const proof = await new CompactSign(Buffer.from(joinToken)).setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey)
  const input = { joinToken, publicKey: JSON.stringify(await exportJWK(publicKey)), proof, agentVersion: '0.1.0' }
  return { input, privateKey }
}

export async function enrolAgent(url: string, joinToken: string): Promise<TestAgent> {
  const { input, privateKey } = await enrolInput(joinToken)
  const { body } = await post(url, enrolment, { input })
  if (!body.data?.enrol.nodeId) throw new Error(JSON.stringify(body))
  return new TestAgent(url, body.data.enrol.nodeId, privateKey)
}

export { enrolment }

export class TestAgent {
  /** What the node has durable. */
  readonly resources = new Map<string, { version: number; resource: unknown }>()
  epoch: string | null = null
  revision: number | null = null
  /** Every frame since the beginning. */
  readonly frames: Frame[] = []
  refuse: (key: string) => boolean = () => false
  closed: { code: number; reason: string } | null = null
  private client: Client | null = null
  private staged: Map<string, { version: number; resource: unknown }> | null = null

  constructor(
    public url: string,
    readonly nodeId: string,
    readonly privateKey: PrivateKey,
  ) {}

  token(claims: Record<string, unknown> = {}): Promise<string> {
    return new SignJWT({ jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setIssuer(this.nodeId)
      .setSubject(this.nodeId)
      .setAudience((claims.aud as string) ?? 'mailfleet-node')
      .setExpirationTime((claims.exp as number) ?? '50s')
      .sign(this.privateKey)
  }

  /** Resolves when the socket is acknowledged; rejects with the close event. */
  connect(token?: string): Promise<void> {
    this.closed = null
    return new Promise((resolve, reject) => {
      this.client = createClient({
        url: this.url.replace(/^http/, 'ws'),
        webSocketImpl: WebSocket,
        lazy: false,
        retryAttempts: 0,
        connectionParams: async () => ({ token: token ?? (await this.token()) }),
        onNonLazyError: () => undefined,
        on: {
          connected: () => resolve(),
          closed: (event) => {
            const { code, reason } = event as { code: number; reason: string }
            this.closed = { code, reason }
            reject(this.closed)
          },
        },
      })
    })
  }

  request(query: string, variables: Record<string, unknown> = {}) {
    return new Promise<{ data?: Record<string, never> | null; errors?: readonly unknown[] }>((resolve, reject) => {
      let result: unknown
      this.client!.subscribe(
        { query, variables },
        {
          next: (value) => (result = value),
          error: (errors) => (Array.isArray(errors) ? resolve({ errors }) : reject(new Error('the connection ended'))),
          complete: () => resolve(result as never),
        },
      )
    })
  }

  /** Takes frames until stopped. With `acknowledge` false it keeps and applies them, and says nothing. */
  subscribe({ window = 8, acknowledge = true, slowMs = 0 } = {}): () => void {
    const frames = this.client!.iterate<{ configStream: Frame }>({
      query: configStream,
      variables: { epoch: this.epoch, since: this.revision, window },
    })
    const run = async () => {
      for await (const { data, errors } of frames) {
        if (errors) throw new Error(JSON.stringify(errors))
        if (slowMs) await sleep(slowMs)
        const frame = data!.configStream
        this.frames.push(frame)
        const results = this.take(frame)
        if (results && acknowledge)
          await this.request(ackConfig, { nonce: frame.nonce, results }).catch(() => undefined)
        if (frame.__typename === 'Resync') {
          this.epoch = null
          this.revision = null
          this.subscribe({ window, acknowledge, slowMs })
          return
        }
      }
    }
    run().catch((error) => (this.failure = error))
    return () => void frames.return?.()
  }
  failure: unknown = null

  ack(nonce: string, results: object[] = []) {
    return this.request(ackConfig, { nonce, results })
  }

  disconnect(): void {
    this.client?.terminate()
    void this.client?.dispose()
  }

  private take(frame: Frame): object[] | null {
    switch (frame.__typename) {
      case 'SnapshotBegin':
        this.staged = new Map()
        return null
      case 'SnapshotChunk':
        this.put(this.staged!, frame.entries)
        return null
      case 'SnapshotEnd': {
        this.resources.clear()
        for (const [key, value] of this.staged!) this.resources.set(key, value)
        this.epoch = frame.epoch
        this.revision = frame.revision
        return []
      }
      case 'Delta':
        this.revision = frame.revision
        return this.put(this.resources, frame.entries)
      case 'Bookmark':
        this.revision = frame.revision
        return null
      default:
        return null
    }
  }

  private put(target: TestAgent['resources'], entries: Frame['entries']): object[] {
    return entries.map(({ key, version, resource }) => {
      if (this.refuse(key)) return { key, version, status: 'REJECTED', error: 'this test refuses it' }
      if (resource === null) target.delete(key)
      else target.set(key, { version, resource: JSON.parse(resource) })
      return { key, version, status: 'APPLIED' }
    })
  }
}
