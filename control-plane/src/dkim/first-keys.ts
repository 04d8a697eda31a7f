/**
 * The first keys of a domain, one of each algorithm, from the moment on that it is proven: so their records are among those that whoever
 * sets up its DNS copies. They are made in the background, since an RSA key takes its time and domains come by the thousand.
 *
 * A domain that waits is taken by one replica for a while, and its keys are made without a lock; were the replica to die, another makes
 * them. Whoever has made keys by hand meanwhile gets no others.
 */
import type { DkimAlgorithm } from '@mailfleet/schema'
import { BackgroundWork } from '../platform/background-work.js'
import { generateKey } from './key-pair.js'
import { freeSelector, insertKey, lockDomain, lockSuccession } from './key-states.js'
import type { RotationDeps } from './rotation.js'

type FirstKeysDeps = Pick<RotationDeps, 'database' | 'secrets' | 'logger'>

const everyMs = 5_000
/** Longer than two keys can take. */
const takenForSeconds = 120
const algorithms: DkimAlgorithm[] = ['RSA_SHA256', 'ED25519_SHA256']

export function startFirstKeys(deps: FirstKeysDeps): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => deps.logger.error({ error }, 'the first DKIM keys of a domain could not be made'),
    step: () => makeFirstKeys(deps),
  })
}

/** Of one domain; whether there may be more. */
export async function makeFirstKeys({ database, secrets }: Omit<FirstKeysDeps, 'logger'>): Promise<boolean> {
  const id = await database.transaction(async (manager): Promise<string | undefined> => {
    const [[taken]] = await manager.query(
      `UPDATE dkim_first_keys SET due_at = now() + make_interval(secs => ${takenForSeconds})
       WHERE domain_id IN (
         SELECT domain_id FROM dkim_first_keys WHERE due_at <= now() ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
       RETURNING domain_id AS id`,
    )
    return taken?.id
  })
  if (id === undefined) return false
  const pairs = await Promise.all(algorithms.map(generateKey))
  await database.transaction(async (manager) => {
    await lockDomain(manager, id)
    await lockSuccession(manager, id)
    const [, waited] = await manager.query('DELETE FROM dkim_first_keys WHERE domain_id = $1', [id])
    const [{ some }] = await manager.query('SELECT EXISTS (SELECT FROM dkim_key WHERE domain_id = $1) AS some', [id])
    if (waited === 0 || some) return
    for (const pair of pairs)
      await insertKey(manager, secrets, id, await freeSelector(manager, id, pair.algorithm), pair)
  })
  return true
}
