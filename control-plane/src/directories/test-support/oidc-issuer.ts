/** A real issuer (oidc-provider) on loopback, whose people sign in by their name alone, and a browser that visits it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'

export interface Person {
  email?: string
  email_verified?: boolean
  name?: string
  groups?: string[]
}

export interface Issuer {
  url: string
  clientId: string
  clientSecret: string
  /** By subject. */
  people: Map<string, Person>
  /** What the next sign-in says of how it was done. */
  context: { acr?: string; amr?: string[] }
  /** Each request, and whether it is broken. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | null
  stop(): Promise<void>
}

/** What is used of it; it comes without types. */
interface Provider {
  callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>
  interactionDetails(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ params: { client_id: string; scope: string } }>
  interactionFinished(request: IncomingMessage, response: ServerResponse, result: object): Promise<void>
  Grant: new (of: object) => { addOIDCScope(scope: string): void; save(): Promise<string> }
}

export async function startIssuer(redirectUris: () => string[], clientSecret: string): Promise<Issuer> {
  // @ts-expect-error -- it comes without types
  const { default: Implementation } = (await import('oidc-provider')) as {
    default: new (url: string, options: object) => Provider
  }
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  const jwk = { ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256', kid: 'one' }
  const issuer: Issuer = {
    url: '',
    clientId: 'mailfleet',
    clientSecret,
    people: new Map(),
    context: {},
    intercept: null,
    stop: async () => undefined,
  }
  let provider: Provider
  let handler: ReturnType<Provider['callback']>
  const server = createServer((request, response) => {
    if (issuer.intercept?.(request, response)) return
    if (!request.url!.startsWith('/interaction/')) return void handler(request, response)
    void signIn(request, response)
  })
  /** `?as=` names who it is. */
  async function signIn(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const accountId = new URL(request.url!, issuer.url).searchParams.get('as')!
    const { params } = await provider.interactionDetails(request, response)
    const grant = new provider.Grant({ accountId, clientId: params.client_id })
    grant.addOIDCScope(params.scope)
    await provider.interactionFinished(request, response, {
      login: { accountId, ...issuer.context },
      consent: { grantId: await grant.save() },
    })
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const begin = () => {
    provider = new Implementation(issuer.url, {
      jwks: { keys: [jwk] },
      clients: [
        {
          client_id: issuer.clientId,
          client_secret: issuer.clientSecret,
          redirect_uris: redirectUris(),
          post_logout_redirect_uris: redirectUris().map((uri) => `${new URL(uri).origin}/sign-in`),
        },
      ],
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_: unknown, { uid }: { uid: string }) => `/interaction/${uid}` },
      conformIdTokenClaims: false,
      claims: {
        openid: ['sub', 'groups'],
        email: ['email', 'email_verified'],
        profile: ['name'],
        acr: null,
        amr: null,
      },
      acrValues: ['urn:two', 'urn:one'],
      cookies: { keys: ['only a test'] },
      findAccount: (_: unknown, accountId: string) => ({
        accountId,
        claims: async () => ({ sub: accountId, ...issuer.people.get(accountId) }),
      }),
    })
    handler = provider.callback()
  }
  begin()
  return Object.assign(issuer, {
    /** With the clients as they are now. */
    begin,
    stop: async () => {
      server.close()
      server.closeAllConnections()
    },
  })
}

/** Goes where it is sent, with cookies, until that is elsewhere. */
export async function visit(url: string, as: string, isBack: (url: string) => boolean): Promise<string> {
  const cookies = new Map<string, string>()
  for (let hops = 0; hops < 12; hops++) {
    if (isBack(url)) return url
    const target = new URL(url)
    if (target.pathname.startsWith('/interaction/')) target.searchParams.set('as', as)
    const response = await fetch(target, {
      redirect: 'manual',
      headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; ') },
    })
    for (const set of response.headers.getSetCookie()) {
      const [pair] = set.split(';', 1)
      cookies.set(pair!.slice(0, pair!.indexOf('=')), pair!.slice(pair!.indexOf('=') + 1))
    }
    const location = response.headers.get('location')
    if (!location) throw new Error(`${response.status} at ${target.pathname}: ${(await response.text()).slice(0, 500)}`)
    url = new URL(location, target).href
  }
  throw new Error('sent in a circle')
}
