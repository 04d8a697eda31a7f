/** Checks of what people set for a node. The bounds are those of the config resource; here they name the input field. */
import { isIP } from 'node:net'
import { normalizeDomain, nodeSettingsResource } from '@mailfleet/schema'
import { invalidInput } from '../../platform/errors.js'
import { requireText, withoutNull } from '../../platform/input.js'
import type { MailNode, OutboundRoute } from './mail-node.entity.js'
import { readIssuers } from './oauth-issuers.settings.js'
import type { OutboundRouteInput, UpdateMailNodeInput } from './mail-node.types.js'

export type NodeSettings = Pick<
  MailNode,
  'name' | 'hostName' | 'maxMessageBytes' | 'outboundRoutes' | 'retryDelays' | 'maxQueueAge' | 'oauthIssuers'
>

const maxNameLength = 100
const maxDelay = 604_800
const maxQueueAge = 2_592_000
/** All routes of a node travel in one config entry, which must fit into one frame. */
const maxRoutesBytes = 100_000

/** Undefined where the input is silent. */
export function readSettings(input: Partial<Omit<UpdateMailNodeInput, 'id' | 'version'>>): Partial<NodeSettings> {
  const given = <T>(field: string, value: T | null | undefined): T | undefined => withoutNull(value, [field])
  const name = given('name', input.name)
  const hostName = given('hostName', input.hostName)
  const routes = given('outboundRoutes', input.outboundRoutes)
  const issuers = given('oauthIssuers', input.oauthIssuers)
  return {
    name: name === undefined ? undefined : requireText(name, ['name'], maxNameLength),
    hostName: hostName === undefined ? undefined : requireHostName(hostName, ['hostName']),
    maxMessageBytes: within(given('maxMessageBytes', input.maxMessageBytes), 'maxMessageBytes', 65_536, 1_073_741_824),
    outboundRoutes: routes === undefined ? undefined : readRoutes(routes),
    retryDelays: readDelays(given('retryDelays', input.retryDelays)),
    maxQueueAge: within(given('maxQueueAge', input.maxQueueAge), 'maxQueueAge', 60, maxQueueAge),
    oauthIssuers: issuers === undefined ? undefined : readIssuers(issuers),
  }
}

/** What a new node has where nothing else was said. */
export function defaultSettings(hostName: string): Omit<NodeSettings, 'name'> {
  const settings = nodeSettingsResource.parse({ kind: 'NodeSettings', id: 'new', hostName, status: 'ACTIVE' })
  const { maxMessageBytes, outboundRoutes, retryDelays, maxQueueAge: age } = settings
  return { hostName, maxMessageBytes, outboundRoutes, retryDelays, maxQueueAge: age, oauthIssuers: [] }
}

function requireHostName(text: string, path: string[]): string {
  const hostName = normalizeDomain(text)
  if (hostName === null) throw invalidInput(path, 'This is not a host name.')
  return hostName
}

function within(value: number | undefined, field: string, min: number, max: number): number | undefined {
  if (value !== undefined && (value < min || value > max))
    throw invalidInput([field], `This must be from ${min} to ${max}.`, { min, max })
  return value
}

function readDelays(delays: number[] | undefined): number[] | undefined {
  if (delays === undefined) return undefined
  if (delays.length < 1 || delays.length > 50) throw invalidInput(['retryDelays'], 'There must be 1 to 50 delays.')
  if (delays.some((delay) => delay < 1 || delay > maxDelay))
    throw invalidInput(['retryDelays'], `A delay is from 1 to ${maxDelay} seconds.`, { min: 1, max: maxDelay })
  return delays
}

function readRoutes(inputs: OutboundRouteInput[]): OutboundRoute[] {
  if (inputs.length > 1_000) throw invalidInput(['outboundRoutes'], 'There can be at most 1000 routes.', { max: 1_000 })
  const routes = inputs.map(({ domain, host, port, tls }, index): OutboundRoute => {
    const path = ['outboundRoutes', String(index)]
    if (port < 1 || port > 65_535) throw invalidInput([...path, 'port'], 'A port is from 1 to 65535.')
    const name = domain.trim() === '*' ? '*' : normalizeDomain(domain)
    if (name === null) throw invalidInput([...path, 'domain'], 'This is neither a domain nor `*`.')
    return { domain: name, host: isIP(host) ? host : requireHostName(host, [...path, 'host']), port, tls }
  })
  const seen = new Set<string>()
  routes.forEach(({ domain }, index) => {
    if (seen.has(domain))
      throw invalidInput(['outboundRoutes', String(index), 'domain'], 'There is a route for it already.')
    seen.add(domain)
  })
  if (JSON.stringify(routes).length > maxRoutesBytes)
    throw invalidInput(['outboundRoutes'], 'These routes are too long together.')
  return routes
}
