/**
 * What is known of an issuer: its endpoints and keys, by discovery (OpenID Connect Discovery 1.0). All requests to it go through the
 * guard, which bounds them, and decides whether TLS can be done without.
 */
import {
  allowInsecureRequests,
  ClientSecretBasic,
  ClientSecretPost,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  type ClientAuth,
  type Configuration,
  type CustomFetch,
} from 'openid-client'
import type { Outbound } from '../../platform/http/outbound.js'
import type { SourceOf } from '../identity-source.entity.js'

const timeoutMs = 8_000
/** Of each answer. Key sets of large issuers have some 10 KB, tokens with many groups some more. */
const maxBytes = 512 * 1_024
const keptMs = 10 * 60_000
const maxKept = 500

interface Kept {
  version: number
  until: number
  configuration: Promise<Configuration>
}

export class Issuers {
  private readonly kept = new Map<string, Kept>()
  private readonly fetch: CustomFetch

  constructor(outbound: Outbound) {
    this.fetch = async (url, { method, headers, body, signal }) => {
      const answer = await outbound.request(url, {
        method,
        headers,
        body: body === null || body === undefined ? undefined : body instanceof Uint8Array ? body : String(body),
        timeoutMs,
        maxBytes,
        signal: signal ?? undefined,
      })
      const isEmpty = [204, 205, 304].includes(answer.status)
      const given = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
        value === undefined ? [] : [[name, String(value)]],
      )
      return new Response(isEmpty ? null : new Uint8Array(answer.body), { status: answer.status, headers: given })
    }
  }

  /** A failure is not kept. */
  configurationOf(source: SourceOf<'OIDC'>, secret: string | null): Promise<Configuration> {
    const known = this.kept.get(source.id)
    if (known && known.version === source.version && known.until > Date.now()) return known.configuration
    const configuration = this.discover(source, secret)
    this.kept.delete(source.id)
    this.kept.set(source.id, { version: source.version, until: Date.now() + keptMs, configuration })
    configuration.catch(() => this.kept.delete(source.id))
    if (this.kept.size > maxKept) this.kept.delete(this.kept.keys().next().value!)
    return configuration
  }

  private discover({ settings }: SourceOf<'OIDC'>, secret: string | null): Promise<Configuration> {
    return discovery(new URL(settings.issuer), settings.clientId, undefined, clientAuthentication(secret), {
      [customFetch]: this.fetch,
      // Tokens are looked at as if they had come by way of the browser, by signature too.
      execute: [allowInsecureRequests, enableNonRepudiationChecks],
      timeout: timeoutMs / 1_000,
    })
  }
}

/** As the issuer says that it takes it; `client_secret_basic` where it says nothing (Discovery section 3). */
function clientAuthentication(secret: string | null): ClientAuth {
  if (secret === null) return None()
  const [basic, post] = [ClientSecretBasic(secret), ClientSecretPost(secret)]
  return (server, client, body, headers) => {
    const taken = server.token_endpoint_auth_methods_supported
    const isPost = taken !== undefined && !taken.includes('client_secret_basic') && taken.includes('client_secret_post')
    return (isPost ? post : basic)(server, client, body, headers)
  }
}
