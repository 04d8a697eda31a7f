/**
 * Fetches a domain's MTA-STS policy (RFC 8461 section 3.3): over HTTPS from its policy host alone, whose certificate must be good for
 * that name; redirects, caches and other media types are no policy.
 */
import { request } from 'node:https'
import type { IncomingMessage } from 'node:http'
import { parseStsPolicy } from '@mailfleet/schema'
import type { StsPolicy } from '@mailfleet/schema'
import type { HopResolver } from '../next-hops.js'
import { outgoingLookup } from './outgoing-lookup.js'
import { certificateFailure } from './peer-verification.js'
import type { TlsFailureType } from './peer-verification.js'

export class PolicyFetchError extends Error {
  override name = 'PolicyFetchError'
  constructor(
    readonly type: TlsFailureType,
    message: string,
  ) {
    super(message)
  }
}

export interface PolicyFetchOptions {
  resolver: HopResolver
  /** Certificate authorities (PEM) in place of the usual ones. */
  ca: string[] | undefined
  /** 443, except in tests. */
  port: number
  mayReach(address: string): boolean
}

/** Mail waits for it. */
const timeoutMs = 10_000
const maxOctets = 64 * 1024

export const policyHostOf = (domain: string): string => `mta-sts.${domain}`

/** Rejects with `PolicyFetchError`. */
export async function fetchStsPolicy(
  domain: string,
  options: PolicyFetchOptions,
  ends?: AbortSignal,
): Promise<StsPolicy> {
  const host = policyHostOf(domain)
  const timeout = AbortSignal.timeout(timeoutMs)
  const signal = ends ? AbortSignal.any([timeout, ends]) : timeout
  let answer: { response: IncomingMessage; text: string }
  try {
    answer = await get(host, options, signal)
  } catch (error) {
    if (error instanceof PolicyFetchError) throw error
    const { code = '', message } = error as { code?: string; message: string }
    if (signal.aborted) throw new PolicyFetchError('sts-policy-fetch-error', `${host} took too long`)
    if (/CERT|ALTNAME|ISSUER|SIGNATURE|CHAIN/.test(code)) {
      throw new PolicyFetchError('sts-webpki-invalid', `the certificate of ${host}: ${certificateFailure(error).text}`)
    }
    throw new PolicyFetchError('sts-policy-fetch-error', `${host} cannot be reached: ${code || message}`)
  }
  const { response, text } = answer
  if (response.statusCode !== 200)
    throw new PolicyFetchError('sts-policy-fetch-error', `${host} answered ${response.statusCode ?? 'nothing'}`)
  if (!/^text\/plain[ \t]*(?:;|$)/i.test(response.headers['content-type'] ?? ''))
    throw new PolicyFetchError('sts-policy-fetch-error', `what ${host} answered is not text/plain`)
  try {
    return parseStsPolicy(text)
  } catch (error) {
    throw new PolicyFetchError('sts-policy-invalid', `the policy of ${domain}: ${(error as Error).message}`)
  }
}

function get(
  host: string,
  { resolver, ca, port, mayReach }: PolicyFetchOptions,
  signal: AbortSignal,
): Promise<{ response: IncomingMessage; text: string }> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host,
        port,
        path: '/.well-known/mta-sts.txt',
        servername: host,
        lookup: outgoingLookup(resolver, mayReach),
        agent: false,
        signal,
        headers: { accept: 'text/plain', 'accept-encoding': 'identity' },
        ...(ca && { ca }),
      },
      (response) => {
        const chunks: Buffer[] = []
        let octets = 0
        response.on('error', reject)
        response.on('data', (chunk: Buffer) => {
          octets += chunk.length
          if (octets <= maxOctets) return void chunks.push(chunk)
          reject(new PolicyFetchError('sts-policy-invalid', `the policy at ${host} is larger than ${maxOctets} octets`))
          outgoing.destroy()
        })
        response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString('utf8') }))
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}
