/** Makes this node known to the control plane, once, with a join token. */
import type { NodeIdentity } from './node-identity.js'
import { enrol } from './protocol.js'
import type { EnrolPayload } from './protocol.js'

/** The control plane said no, and asking again would not change it. */
export class EnrolmentRefusedError extends Error {
  override name = 'EnrolmentRefusedError'
}

/** The control plane could not be asked, or asks to come back. */
export class EnrolmentFailedError extends Error {
  override name = 'EnrolmentFailedError'
}

const passing = new Set(['RATE_LIMITED', 'INTERNAL'])
const maxAnswer = 64 * 1024

export async function enrolNode(
  identity: NodeIdentity,
  options: { url: URL; joinToken: string; agentVersion: string; signal: AbortSignal },
): Promise<void> {
  const { url, joinToken, agentVersion } = options
  const input = {
    joinToken,
    publicKey: JSON.stringify(identity.publicKey),
    proof: await identity.prove(joinToken),
    agentVersion,
  }
  const { nodeId, nodeName, errorCode } = await post(url, { query: enrol, variables: { input } }, options.signal)
  if (nodeId) return identity.enrolled(nodeId, nodeName)
  const reason = errorCode ?? 'no reason given'
  if (passing.has(reason)) throw new EnrolmentFailedError(`the control plane asks to try again later (${reason})`)
  throw new EnrolmentRefusedError(
    reason === 'INVALID_JOIN_TOKEN'
      ? 'the control plane refuses the join token: it is used, expired or wrong; make a new one for this node'
      : `the control plane refuses to enrol this node (${reason})`,
  )
}

async function post(url: URL, body: unknown, signal: AbortSignal): Promise<EnrolPayload> {
  let response: Response
  let text: string
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify(body),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    })
    text = await response.text()
  } catch (error) {
    const cause = (error as { cause?: Error }).cause ?? (error as Error)
    throw new EnrolmentFailedError(`no answer from ${url.origin} (${cause.message})`)
  }
  if (text.length > maxAnswer) throw new EnrolmentFailedError(`the answer of ${url.origin} is too long`)
  let answer: { data?: { enrol?: EnrolPayload } | null; errors?: { message: string }[] }
  try {
    answer = JSON.parse(text)
  } catch {
    throw new EnrolmentFailedError(`${url.href} answered ${response.status}, which is not GraphQL`)
  }
  const payload = answer.data?.enrol
  if (payload) return payload
  throw new EnrolmentFailedError(`${url.href} answered: ${answer.errors?.[0]?.message ?? `status ${response.status}`}`)
}
