/**
 * Aliases, groups and forwards must not lead back to themselves. The walk follows each of them, suspended ones too, since
 * they may be resumed. One change of targets at a time looks and writes, on the whole platform: two at once could close a loop
 * together. What passes in spite of this (a walk that is too long, a catch-all) nodes stop by counting.
 */
import type { EntityManager } from 'typeorm'
import { ExpectedError } from '../platform/errors.js'
import { beyondReach } from '../platform/database-scope.js'

/** One number for all replicas; of no other meaning. */
const targetsLock = 7_203_011
/** Addresses that one walk looks at; whoever has more is refused nothing for it. */
const maxWalk = 2_000

export async function refuseLoop(
  manager: EntityManager,
  address: string,
  targets: string[],
  field = 'targets',
): Promise<void> {
  const loop = () => new ExpectedError('ADDRESS_LOOP', { path: [field] })
  if (targets.includes(address)) throw loop()
  await manager.query('SELECT pg_advisory_xact_lock($1)', [targetsLock])
  // Wherever the addresses are: it says no more than that they lead back.
  const [walk] = await beyondReach(manager, () =>
    manager.query(
      `WITH RECURSIVE reached (address) AS (
       SELECT unnest($1::text[])
       UNION
       SELECT next.address FROM reached CROSS JOIN LATERAL (
         SELECT unnest(alias.targets) AS address FROM alias WHERE alias.address = reached.address
         UNION ALL
         SELECT unnest(members) FROM mail_group WHERE mail_group.address = reached.address
         UNION ALL
         SELECT split_part(reached.address, '@', 1) || '@' || meant.name
           FROM domain JOIN domain AS meant ON meant.id = domain.alias_of_id
           WHERE domain.name = split_part(reached.address, '@', 2) AND domain.proof IS NOT NULL
         UNION ALL
         SELECT unnest(forward.targets) FROM forward JOIN mailbox ON mailbox.id = forward.mailbox_id
           WHERE mailbox.address = reached.address
       ) AS next
     ), looked AS (SELECT address FROM reached LIMIT $3)
     SELECT EXISTS (SELECT 1 FROM looked WHERE address = $2) AS back`,
      [targets, address, maxWalk],
    ),
  )
  if (walk.back) throw loop()
}
