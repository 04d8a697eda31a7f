/**
 * SCIM 2.0 (RFC 7643, RFC 7644) at /scim/v2/<identity source>. The token is the source's: it reaches the people and groups of that
 * source and no others, and does what the source's role mapping allows.
 */
import type { Request, RequestHandler, Response } from 'express'
import { RateLimiterMemory, type RateLimiterRes } from 'rate-limiter-flexible'
import { hashOf } from '../../access/index.js'
import type { Database } from '../../platform/database.js'
import { ExpectedError } from '../../platform/errors.js'
import { clientAddress } from '../../platform/http/client-address.js'
import type { Endpoint } from '../../platform/http/endpoint.js'
import { BodyError, readJsonBody } from '../../platform/http/json-body.js'
import { isId } from '../../platform/ids.js'
import type { Logger } from '../../platform/logger.js'
import type { Secrets } from '../../platform/secrets/index.js'
import { activeSource } from '../active-source.js'
import type { Page, ScimClient } from './scim-client.js'
import { discovery, listResponse, maxBodyBytes, maxPage } from './scim-discovery.js'
import { invalid, noResource, ScimError } from './scim-error.js'
import { parseFilter } from './scim-filter.js'
import { createGroup, deleteGroup, groupById, listGroups, replaceGroup } from './scim-groups.js'
import { applyPatch } from './scim-patch.js'
import { createUser, deleteUser, listUsers, replaceUser, userById } from './scim-users.js'

export interface ScimOptions {
  database: Database
  secrets: Secrets
  logger: Logger
  trustedProxies: number
  /** Null: the host that is asked. */
  publicUrl: string | null
}

type Resource = Record<string, unknown>
const scimJson = /^application\/(scim\+json|json)\s*(;|$)/i

export function createScimEndpoint(options: ScimOptions): Endpoint {
  /** Of one source: as much as a full synchronisation of some thousand people takes, and no more. */
  const requests = new RateLimiterMemory({ keyPrefix: 'source', points: 1_200, duration: 60 })
  /** Wrong tokens, of one address. */
  const failures = new RateLimiterMemory({ keyPrefix: 'address', points: 20, duration: 60 })

  async function authenticate(request: Request, sourceId: string): Promise<ScimClient> {
    const address = clientAddress(request, options.trustedProxies)
    const refused = await failures.get(address)
    if (refused && refused.remainingPoints <= 0) throw new TooMany(refused.msBeforeNext)
    const token = /^Bearer +([A-Za-z0-9_-]{1,200})$/i.exec(request.headers.authorization ?? '')?.[1]
    const source = token && isId(sourceId) ? await activeSource(options.database, 'SCIM', { id: sourceId }) : null
    const held = source
      ? await options.database.query('SELECT FROM identity_source WHERE id = $1 AND token_hash = $2', [
          source.id,
          hashOf(token!),
        ])
      : []
    if (!source || held.length === 0) {
      await failures.consume(address).catch(() => undefined)
      throw new ScimError(401, 'The token is missing, or not the one of this source.')
    }
    await requests.consume(source.id).catch((refusal: RateLimiterRes) => {
      throw new TooMany(refusal.msBeforeNext)
    })
    const origin = options.publicUrl ?? `${request.protocol}://${request.headers.host}`
    return {
      // Who is in no group yet has a role that says nothing.
      source: { ...source, defaultRole: source.defaultRole ?? 'CUSTOM' },
      base: `${origin}/scim/v2/${source.id}`,
      parts: {
        system: options.database,
        secrets: options.secrets,
        logger: options.logger,
        origin: { ip: address, userAgent: request.headers['user-agent']?.slice(0, 256) ?? null },
      },
    }
  }

  async function serve(request: Request, response: Response): Promise<void> {
    response.setHeader('cache-control', 'no-store')
    try {
      const [sourceId = '', ...path] = request.path.split('/').filter(Boolean).map(decode)
      const client = await authenticate(request, sourceId)
      await answer(client, path, request, response)
    } catch (error) {
      refuse(asScimError(error, options.logger), response)
    }
  }
  const handler: RequestHandler = (request, response, next) => void serve(request, response).catch(next)
  return { path: '/scim/v2', handler }
}

class TooMany extends ScimError {
  constructor(readonly milliseconds: number) {
    super(429, 'Too many requests.')
  }
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw noResource()
  }
}

const kinds = {
  users: {
    read: userById,
    list: (client: ScimClient, page: Page, filter: string | null) =>
      listUsers(client, page, filter, filter === null ? null : parseFilter(filter)),
    create: createUser,
    replace: replaceUser,
    remove: deleteUser,
  },
  groups: {
    read: groupById,
    list: (client: ScimClient, page: Page, filter: string | null) =>
      listGroups(client, page, filter === null ? null : parseFilter(filter)),
    create: createGroup,
    replace: replaceGroup,
    remove: deleteGroup,
  },
}

async function answer(client: ScimClient, path: string[], request: Request, response: Response): Promise<void> {
  const { method } = request
  const [name = '', id, ...rest] = path
  if (rest.length > 0) throw noResource()
  const key = name.toLowerCase()
  if (!Object.hasOwn(kinds, key)) {
    const page = discovery(client.base, path)
    if (!page) throw noResource()
    if (method !== 'GET') throw new ScimError(405, 'This is read only.')
    return send(response, 200, page)
  }
  const kind = kinds[key as keyof typeof kinds]
  if (id === undefined) {
    if (method === 'POST') {
      const made = await kind.create(client, await bodyOf(request))
      response.setHeader('location', (made.meta as { location: string }).location)
      return sendResource(request, response, 201, made)
    }
    if (method !== 'GET') throw new ScimError(405, 'Here is listed and created.')
    const page = pageOf(request)
    const { total, resources } = await kind.list(client, page, queryOf(request, 'filter'))
    const shown = resources.map((resource) => shownOf(request, resource))
    return send(response, 200, listResponse(shown, total, page.startIndex))
  }
  const check = (current: Resource): void => requireMatch(request, current)
  switch (method) {
    case 'GET': {
      const found = await kind.read(client, client.parts.system, id)
      if (request.headers['if-none-match'] === etagOf(found)) return void response.status(304).end()
      return sendResource(request, response, 200, found)
    }
    case 'PUT':
    case 'PATCH': {
      const body = await bodyOf(request)
      const changed = await kind.replace(client, id, (current) => {
        check(current)
        return method === 'PUT' ? body : applyPatch(current, body)
      })
      return sendResource(request, response, 200, changed)
    }
    case 'DELETE':
      await kind.remove(client, id, check)
      return void response.status(204).end()
    default:
      throw new ScimError(405, 'There is no such method here.')
  }
}

const bodyOf = (request: Request): Promise<unknown> => readJsonBody(request, maxBodyBytes, scimJson)

const etagOf = (resource: Resource): string => (resource.meta as { version: string }).version

function requireMatch(request: Request, current: Resource): void {
  const wanted = request.headers['if-match']
  if (wanted !== undefined && wanted !== '*' && wanted !== etagOf(current)) {
    throw new ScimError(412, 'The resource was changed meanwhile.')
  }
}

function queryOf(request: Request, name: string): string | null {
  const value = request.query[name]
  if (value === undefined) return null
  if (typeof value !== 'string') throw invalid('invalidValue', `\`${name}\` is given once.`)
  return value
}

/** A `startIndex` below 1 is 1, a `count` below 0 is 0 (RFC 7644 section 3.4.2.4). */
function pageOf(request: Request): Page {
  const number = (name: string, fallback: number): number => {
    const text = queryOf(request, name)
    if (text === null) return fallback
    if (!/^-?\d{1,9}$/.test(text)) throw invalid('invalidValue', `\`${name}\` is a number.`)
    return Number(text)
  }
  const count = Math.min(Math.max(0, number('count', 100)), maxPage)
  return { startIndex: Math.max(1, number('startIndex', 1)), count }
}

/** `attributes` and `excludedAttributes`, by whole attributes; what names the resource is always there. */
function shownOf(request: Request, resource: Resource): Resource {
  const listed = (name: string) =>
    (queryOf(request, name) ?? '').split(',').map((one) =>
      one
        .trim()
        .replace(/^urn:.*:/, '')
        .split('.')[0]!
        .toLowerCase(),
    )
  const [only, not] = [listed('attributes').filter(Boolean), listed('excludedAttributes').filter(Boolean)]
  const always = ['schemas', 'id', 'meta']
  return Object.fromEntries(
    Object.entries(resource).filter(([name]) => {
      const folded = name.toLowerCase()
      return always.includes(folded) || ((only.length === 0 || only.includes(folded)) && !not.includes(folded))
    }),
  )
}

function sendResource(request: Request, response: Response, status: number, resource: Resource): void {
  response.setHeader('etag', etagOf(resource))
  send(response, status, shownOf(request, resource))
}

function send(response: Response, status: number, body: object): void {
  response.status(status).setHeader('content-type', 'application/scim+json; charset=utf-8')
  response.end(JSON.stringify(body))
}

function refuse(error: ScimError, response: Response): void {
  if (error.status === 401) response.setHeader('www-authenticate', 'Bearer realm="SCIM"')
  if (error instanceof TooMany) response.setHeader('retry-after', String(Math.ceil(error.milliseconds / 1_000)))
  send(response, error.status, error.body)
}

function asScimError(error: unknown, logger: Logger): ScimError {
  if (error instanceof ScimError) return error
  if (error instanceof BodyError)
    return new ScimError(error.status, error.message, error.status === 400 ? 'invalidSyntax' : undefined)
  if (error instanceof ExpectedError) {
    switch (error.code) {
      case 'ALREADY_EXISTS':
        return new ScimError(409, 'Somebody has this address.', 'uniqueness')
      case 'INVALID_INPUT':
        return invalid('invalidValue', error.message)
      case 'VERSION_CONFLICT':
        return new ScimError(412, error.message)
      case 'NOT_FOUND':
        return noResource()
      default:
        return new ScimError(403, error.message)
    }
  }
  logger.error({ error }, 'a SCIM request failed')
  return new ScimError(500, 'Something went wrong on our side.')
}
