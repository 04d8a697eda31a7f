/** Two questions about a node that must not be mixed: is it well, and does it have the newest configuration. */
import type { MailNodeRow } from './nodes.queries.ts'

export type Health = 'healthy' | 'unhealthy' | 'unknown'

export function healthOf(node: Pick<MailNodeRow, 'state' | 'healthy'>): Health {
  if (node.state !== 'ONLINE' || node.healthy === null) return 'unknown'
  return node.healthy ? 'healthy' : 'unhealthy'
}

type Sync = { kind: 'inSync' } | { kind: 'behind'; count: number } | { kind: 'waiting' }

/** `waiting`: never connected, so that "behind" would say nothing. */
export function syncOf(
  node: Pick<MailNodeRow, 'state' | 'desiredRevision' | 'acknowledgedRevision' | 'runningRevision'>,
): Sync {
  if (node.state === 'NEVER_CONNECTED') return { kind: 'waiting' }
  const reached = Math.min(node.acknowledgedRevision, node.runningRevision)
  return reached >= node.desiredRevision
    ? { kind: 'inSync' }
    : { kind: 'behind', count: node.desiredRevision - reached }
}

/** The command that connects a mail host, for a POSIX shell. */
export const joinCommand = (controlPlane: string, token: string): string =>
  [
    `MAILFLEET_CONTROL_PLANE_URL=${controlPlane} \\`,
    `MAILFLEET_JOIN_TOKEN=${token} \\`,
    'MAILFLEET_NODE_DATA=/var/lib/mailfleet \\',
    'node node-agent/dist/main.js',
  ].join('\n')
