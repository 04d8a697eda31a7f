/**
 * A peer for the node agent's tests: a real HTTP and graphql-ws server that speaks schema/node.graphql, checks tokens, and otherwise
 * says what the test's script says, at the worst moments too.
 */
import { readFileSync } from 'node:fs'
import { createPublicKey, verify } from 'node:crypto'
import type { JsonWebKey } from 'node:crypto'
import { createServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buildSchema, graphql } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import type { WebSocket } from 'ws'

export interface StreamRequest {
  epoch: string | null
  sinceRevision: number | null
  window: number
}
export type Frame = { __typename: string; [field: string]: unknown }
export interface Acknowledgement {
  nonce: string
  results: { key: string; version: number; status: string; error?: string | null }[]
}
interface IngestedBatch {
  stream: string
  firstSequence: number
  events: string
}

export class ScriptedControlPlane {
  /** Answers an enrolment; by default with a new node id. */
  onEnrol: (joinToken: string) => { nodeId: string | null; errorCode: string | null } = () => ({
    nodeId: 'node-1',
    errorCode: null,
  })
  /** The frames of one subscription; returning ends the stream. */
  script: (request: StreamRequest, signal: AbortSignal) => AsyncIterable<Frame> = async function* (_request, signal) {
    yield { __typename: 'Bookmark', revision: 0 }
    await until(signal)
  }
  /** Called after a batch was stored and before it is answered. */
  onIngested: (batch: IngestedBatch) => void | Promise<void> = () => {}
  refuseEvents = false
  auditCheckpoint: { chainId: string; sequence: number; hash: string } | null = null
  /** As nodes showed them. */
  readonly heldCheckpoints: { chainId: string; sequence: number; hash: string }[] = []
  readonly requests: StreamRequest[] = []
  readonly acknowledgements: Acknowledgement[] = []
  readonly statuses: { runningRevision: number; problems: string[] }[] = []
  readonly tokens: string[] = []
  readonly batches: IngestedBatch[] = []
  readonly stored = new Map<string, unknown[]>()
  private publicKey: JsonWebKey | null = null
  private readonly sockets = new Set<WebSocket>()

  private constructor(
    private readonly http: Server,
    private readonly ws: WebSocketServer,
    readonly url: URL,
  ) {}

  static async listen(port = 0): Promise<ScriptedControlPlane> {
    const http = createServer()
    const ws = new WebSocketServer({ server: http, path: '/node', maxPayload: 8 * 1024 * 1024 })
    await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
    const url = new URL(`http://127.0.0.1:${(http.address() as AddressInfo).port}`)
    const peer = new ScriptedControlPlane(http, ws, url)
    const schema = buildSchema(readFileSync(new URL('../../schema/node.graphql', import.meta.url), 'utf8'))
    const mutation = schema.getMutationType()!.getFields()
    mutation['enrol']!.resolve = (_source, args) => peer.enrol(args)
    mutation['ackConfig']!.resolve = (_source, args) => {
      peer.acknowledgements.push(args)
      return true
    }
    mutation['reportStatus']!.resolve = (_source, { status }) => {
      peer.statuses.push(status)
      return true
    }
    schema.getQueryType()!.getFields()['auditCheckpoint']!.resolve = () => peer.auditCheckpoint
    mutation['reportAuditCheckpoints']!.resolve = (_source, { checkpoints }) => {
      peer.heldCheckpoints.push(...checkpoints)
      return true
    }
    mutation['ingestEvents']!.resolve = (_source, { batch }) => peer.ingest(batch)
    const stream = schema.getSubscriptionType()!.getFields()['configStream']!
    stream.subscribe = (_source, args, context: { closed: AbortSignal }) => {
      peer.requests.push({ ...args, epoch: args.epoch ?? null, sinceRevision: args.sinceRevision ?? null })
      return peer.frames(args, context.closed)
    }
    stream.resolve = (frame) => frame

    http.on('request', (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', async () => {
        const { query, variables } = JSON.parse(Buffer.concat(chunks).toString())
        const result = await graphql({ schema, source: query, variableValues: variables })
        response.setHeader('content-type', 'application/json').end(JSON.stringify(result))
      })
    })
    ws.on('connection', (socket) => {
      peer.sockets.add(socket)
      socket.on('close', () => peer.sockets.delete(socket))
      socket.on('error', () => socket.terminate())
    })
    const ends = new WeakMap<WebSocket, AbortController>()
    useServer(
      {
        schema,
        context: ({ extra }) => {
          const { socket } = extra as { socket: WebSocket }
          let end = ends.get(socket)
          if (!end) {
            ends.set(socket, (end = new AbortController()))
            socket.on('close', () => end!.abort())
          }
          return { closed: end.signal }
        },
        onConnect: async ({ connectionParams }) => {
          const { token } = connectionParams as { token: string }
          peer.tokens.push(token)
          if (!peer.publicKey) return false
          const claims = JSON.parse(signedText(token, peer.publicKey)) as { aud: string; exp: number }
          return claims.aud === 'mailfleet-node' && claims.exp * 1000 > Date.now()
        },
      },
      ws,
    )
    return peer
  }

  /** As when the network goes: no closing handshake. */
  dropConnections(): void {
    for (const socket of this.sockets) socket.terminate()
  }

  /** Connections stay open, and nothing comes over them any more, not even pongs. */
  freezeConnections(): void {
    for (const socket of this.sockets) socket.pause()
  }

  connections(): number {
    return this.sockets.size
  }

  async close(): Promise<void> {
    this.dropConnections()
    this.ws.close()
    this.http.closeAllConnections()
    await new Promise((resolve) => this.http.close(resolve))
  }

  private async enrol({ input }: { input: { joinToken: string; publicKey: string; proof: string } }) {
    const key = JSON.parse(input.publicKey) as JsonWebKey
    if (signedText(input.proof, key) !== input.joinToken) throw new Error('the proof is not over the token')
    const answer = this.onEnrol(input.joinToken)
    if (answer.nodeId !== null) this.publicKey = key
    return { nodeName: null, ...answer }
  }

  /** The high-water rules of the contract: gaps refused, repeats skipped. */
  private async ingest(batch: IngestedBatch): Promise<{ highWater: number }> {
    this.batches.push(batch)
    const stored = this.stored.get(batch.stream) ?? []
    this.stored.set(batch.stream, stored)
    const events = JSON.parse(batch.events) as unknown[]
    if (this.refuseEvents) throw new Error('no events today')
    if (batch.firstSequence > stored.length + 1) return { highWater: stored.length }
    stored.push(...events.slice(stored.length + 1 - batch.firstSequence))
    const highWater = stored.length
    await this.onIngested(batch)
    return { highWater }
  }

  private async *frames(request: StreamRequest, signal: AbortSignal): AsyncGenerator<Frame> {
    yield* this.script(request, signal)
  }
}

/** The payload of a compact JWS (RFC 7515) by an Ed25519 key, checked without the library that the agent signs with. */
function signedText(jws: string, key: JsonWebKey): string {
  const [header = '', payload = '', signature = ''] = jws.split('.')
  const publicKey = createPublicKey({ key, format: 'jwk' })
  const octets = Buffer.from(`${header}.${payload}`)
  if (!verify(null, octets, publicKey, Buffer.from(signature, 'base64url'))) throw new Error('the signature is wrong')
  return Buffer.from(payload, 'base64url').toString()
}

/** Resolves when aborted. */
export const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve())
  })
