/**
 * The one counter of failed sign-ins for the whole fleet: of all nodes and protocols and of the API, by network (an IPv4 address, an
 * IPv6 /64). A network that fails too often within the window is banned from signing in everywhere, for a short time at first and
 * twice as long each time that it goes on.
 *
 * A network from which somebody signed in rightly within the last day may fail more often: behind it may be a whole office. What comes
 * in while a ban holds is not counted, so that a ban ends by itself however hard its network tries.
 */
import { isIP } from 'node:net'
import { clientNetwork } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { recordForAllNodes } from '../changes/index.js'
import { newId } from '../platform/ids.js'

export const banPolicy = {
  failures: 50,
  /** So many times more for a network from which somebody has signed in. */
  knownFactor: 5,
  windowMinutes: 15,
  firstBanMinutes: 5,
  longestBanMinutes: 24 * 60,
  /** After so long without a ban the next one is short again. */
  forgetHours: 24,
  /** Each goes to each node. Beyond this, networks are left to the limits of each node. */
  maxBans: 10_000,
}

/** What came of sign-ins from an address. */
export interface SignInOutcome {
  address: string
  failures: number
  succeeded: boolean
}

interface CountedRow {
  network: string
  failures: number
  known: boolean
}

const count = `
  WITH told AS (
    SELECT * FROM unnest($1::text[], $2::integer[], $3::boolean[]) AS told (network, failures, succeeded))
  INSERT INTO sign_in_network AS counter (network, failures, window_ends_at, succeeded_at)
  SELECT network, CASE WHEN EXISTS (SELECT FROM ban WHERE ban.network = told.network AND ban.until > now())
      THEN 0 ELSE failures END,
    now() + make_interval(mins => $4), CASE WHEN succeeded THEN now() END
  FROM told ORDER BY network
  ON CONFLICT (network) DO UPDATE SET
    failures = least(1000000, excluded.failures + CASE WHEN counter.window_ends_at > now() THEN counter.failures ELSE 0 END),
    window_ends_at = CASE WHEN counter.window_ends_at > now() THEN counter.window_ends_at ELSE excluded.window_ends_at END,
    succeeded_at = coalesce(excluded.succeeded_at, counter.succeeded_at)
  RETURNING network, failures, coalesce(succeeded_at > now() - interval '1 day', false) AS known`

/** Strikes and the counter are moved with the ban, so that a network is banned once for the same failures. */
const ban = `
  WITH struck AS (
    UPDATE sign_in_network AS counter SET failures = 0,
      strikes = CASE WHEN banned_until > now() - make_interval(hours => $4) THEN strikes + 1 ELSE 1 END
    FROM unnest($1::uuid[], $2::text[], $3::integer[]) AS over (id, network, failures)
    WHERE counter.network = over.network AND NOT EXISTS (
      SELECT FROM ban WHERE ban.network = over.network AND ban.until > now())
    RETURNING over.id, over.network, over.failures, counter.strikes)
  INSERT INTO ban (id, network, failures, strikes, until)
  SELECT id, network, failures, strikes,
    now() + make_interval(mins => least($6, $5 * power(2, least(strikes - 1, 20)))::integer)
  FROM struck WHERE (SELECT count(*) FROM ban) < $7
  ON CONFLICT (network) DO NOTHING
  RETURNING id, network, until`

/** In two statements, however many outcomes there are; the second only where a network is over its limit. */
export async function countSignIns(manager: EntityManager, outcomes: readonly SignInOutcome[]): Promise<void> {
  const told = byNetwork(outcomes)
  if (told.length === 0) return
  const counted: CountedRow[] = await manager.query(count, [
    told.map(({ network }) => network),
    told.map(({ failures }) => failures),
    told.map(({ succeeded }) => succeeded),
    banPolicy.windowMinutes,
  ])
  const over = counted.filter(
    ({ failures, known }) => failures >= banPolicy.failures * (known ? banPolicy.knownFactor : 1),
  )
  if (over.length > 0) await banNetworks(manager, over)
}

async function banNetworks(manager: EntityManager, over: readonly CountedRow[]): Promise<void> {
  const { forgetHours, firstBanMinutes, longestBanMinutes, maxBans } = banPolicy
  const networks = over.map(({ network }) => network)
  // What ended and was not swept yet makes room for the next.
  const ended: { id: string }[] = (
    await manager.query('DELETE FROM ban WHERE network = ANY($1::text[]) AND until <= now() RETURNING id', [networks])
  )[0]
  const made: { id: string; network: string; until: Date }[] = await manager.query(ban, [
    over.map(() => newId()),
    networks,
    over.map(({ failures }) => failures),
    forgetHours,
    firstBanMinutes,
    longestBanMinutes,
    maxBans,
  ])
  await manager.query(
    `UPDATE sign_in_network AS counter SET banned_until = ban.until FROM ban
     WHERE ban.network = counter.network AND ban.id = ANY($1::uuid[])`,
    [made.map(({ id }) => id)],
  )
  await recordForAllNodes(
    manager,
    'Ban',
    [...ended, ...made].map(({ id }) => id),
  )
}

function byNetwork(outcomes: readonly SignInOutcome[]): { network: string; failures: number; succeeded: boolean }[] {
  const networks = new Map<string, { network: string; failures: number; succeeded: boolean }>()
  for (const { address, failures, succeeded } of outcomes) {
    if (isIP(address) === 0 || (failures === 0 && !succeeded)) continue
    const network = clientNetwork(address)
    const known = networks.get(network) ?? { network, failures: 0, succeeded: false }
    known.failures = Math.min(1_000_000, known.failures + failures)
    known.succeeded ||= succeeded
    networks.set(network, known)
  }
  // In one order everywhere, so that two batches do not wait for each other.
  return [...networks.values()].sort((a, b) => (a.network < b.network ? -1 : 1))
}
