/**
 * The rows of keys and their way from state to state. Only keys that are SIGNING are sent to the node, so that coming to that state and
 * leaving it is a change of the domain's config; and only keys that may sign again have a private half.
 */
import type { DkimAlgorithm } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { recordChanges } from '../changes/index.js'
import { newId } from '../platform/ids.js'
import type { Secrets } from '../platform/secrets/index.js'
import type { DkimKeyState } from './dkim-key.entity.js'
import type { KeyPair } from './key-pair.js'

export const maxKeysPerDomain = 20

export const sealedFor = (id: string): string => `dkim:${id}`

export interface DomainOfKeys {
  id: string
  mailNodeId: string | null
}

/** Locked, so that the node that is told is the one that serves it. */
export async function lockDomain(manager: EntityManager, id: string): Promise<DomainOfKeys | null> {
  const [row] = await manager.query('SELECT id, mail_node_id AS "mailNodeId" FROM domain WHERE id = $1 FOR SHARE', [id])
  return row ?? null
}

/** One at a time makes successors for a domain's keys. */
export const lockSuccession = (manager: EntityManager, domainId: string): Promise<unknown> =>
  manager.query(`SELECT pg_advisory_xact_lock(hashtext('dkim_key'), hashtext($1))`, [domainId])

export async function insertKey(
  manager: EntityManager,
  secrets: Secrets,
  domainId: string,
  selector: string,
  { algorithm, publicKey, privateKey }: KeyPair,
): Promise<string> {
  const id = newId()
  await manager.query(
    `INSERT INTO dkim_key (id, domain_id, selector, algorithm, state, public_key, sealed_private_key)
     VALUES ($1, $2, $3, $4, 'PUBLISHED', $5, $6)`,
    [id, domainId, selector, algorithm, publicKey, secrets.seal(privateKey, sealedFor(id))],
  )
  return id
}

/** `20261124-rsa`, and `-2` behind it for the second one of a day. */
export async function freeSelector(manager: EntityManager, domainId: string, algorithm: DkimAlgorithm) {
  const day = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  const base = `${day}-${algorithm === 'RSA_SHA256' ? 'rsa' : 'ed25519'}`
  const rows: { selector: string }[] = await manager.query('SELECT selector FROM dkim_key WHERE domain_id = $1', [
    domainId,
  ])
  const taken = new Set(rows.map(({ selector }) => selector))
  for (let count = 1; ; count++) {
    const selector = count === 1 ? base : `${base}-${count}`
    if (!taken.has(selector)) return selector
  }
}

/** From a state that the key is known to be in, its row and its domain locked. */
export async function moveTo(
  manager: EntityManager,
  domain: DomainOfKeys,
  key: { id: string; state: DkimKeyState },
  state: DkimKeyState,
): Promise<void> {
  await manager.query(
    `UPDATE dkim_key SET state = $2, state_since = now(), missing_since = NULL, due_at = now(),
       sealed_private_key = CASE WHEN $2 IN ('PUBLISHED', 'SIGNING') THEN sealed_private_key END,
       version = version + 1, updated_at = now()
     WHERE id = $1`,
    [key.id, state],
  )
  if (key.state === 'SIGNING' || state === 'SIGNING')
    await recordChanges(manager, [{ kind: 'Domain', id: domain.id, mailNodeId: domain.mailNodeId }])
}
