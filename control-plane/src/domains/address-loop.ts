/**
 * Aliases and forwards must not lead back to themselves. The walk follows every alias and forward, suspended ones too, since
 * they may be resumed. Two changes at the same moment could still close a loop together: nodes stop those by counting.
 */
import type { EntityManager } from 'typeorm'
import { ExpectedError } from '../platform/errors.js'

/** Addresses that one walk looks at; whoever has more is refused nothing for it. */
const maxWalk = 2_000

export async function refuseLoop(manager: EntityManager, address: string, targets: string[]): Promise<void> {
  const loop = () => new ExpectedError('ADDRESS_LOOP', { path: ['targets'] })
  if (targets.includes(address)) throw loop()
  const [walk] = await manager.query(
    `WITH RECURSIVE reached (address) AS (
       SELECT unnest($1::text[])
       UNION
       SELECT next.address FROM reached CROSS JOIN LATERAL (
         SELECT unnest(alias.targets) AS address FROM alias WHERE alias.address = reached.address
         UNION ALL
         SELECT unnest(forward.targets) FROM forward JOIN mailbox ON mailbox.id = forward.mailbox_id
           WHERE mailbox.address = reached.address
       ) AS next
     ), looked AS (SELECT address FROM reached LIMIT $3)
     SELECT EXISTS (SELECT 1 FROM looked WHERE address = $2) AS back`,
    [targets, address, maxWalk],
  )
  if (walk.back) throw loop()
}
