/** One counter for the whole fleet: what is counted, who is banned for how long, and who ends it. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import 'reflect-metadata'
import { newId } from '../platform/ids.js'
import { ApiClient } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch } from '../test-support/world.js'
import { banPolicy, countSignIns, type SignInOutcome } from './count-sign-ins.js'
import { sweepBans } from './start-bans.js'

let application: TestApplication

beforeAll(async () => {
  application = await startTestApplication()
})
afterAll(() => application?.stop())
beforeEach(async () => {
  await application.database.query('TRUNCATE ban, sign_in_network, change_outbox')
})

const tell = (...outcomes: Partial<SignInOutcome>[]): Promise<void> =>
  application.database.transaction((manager) =>
    countSignIns(
      manager,
      outcomes.map((outcome) => ({ address: '192.0.2.1', failures: 0, succeeded: false, ...outcome })),
    ),
  )
const bans = async (): Promise<{ network: string; strikes: number; minutes: number }[]> =>
  (await application.admin.query('{ bans { nodes { network strikes createdAt until } } }')).bans.nodes.map(
    (ban: { network: string; strikes: number; createdAt: string; until: string }) => ({
      network: ban.network,
      strikes: ban.strikes,
      minutes: Math.round((Date.parse(ban.until) - Date.parse(ban.createdAt)) / 60_000),
    }),
  )
const endBans = () =>
  application.database.query(`WITH ended AS (UPDATE ban SET until = now() - interval '1 second')
    UPDATE sign_in_network SET banned_until = now() - interval '1 second' WHERE banned_until IS NOT NULL`)
const { failures: limit, knownFactor } = banPolicy

describe('counting', () => {
  test('failures of many batches are one number, and the one too many bans', async () => {
    for (let batch = 1; batch < limit; batch++) await tell({ failures: 1 })
    expect(await bans()).toEqual([])
    await tell({ failures: 1 })
    expect(await bans()).toEqual([{ network: '192.0.2.1', strikes: 1, minutes: 5 }])
  })

  test('at once as well: none is lost, and there is one ban', async () => {
    await Promise.all(Array.from({ length: limit }, () => tell({ failures: 1 }, { address: '192.0.2.2', failures: 1 })))
    expect((await bans()).map(({ network }) => network).sort()).toEqual(['192.0.2.1', '192.0.2.2'])
  })

  test('the addresses of a /64 are one, those of another are not', async () => {
    const half = Math.ceil(limit / 2)
    await tell({ address: '2001:db8::1', failures: half }, { address: '2001:db8:0:1::1', failures: half })
    expect(await bans()).toEqual([])
    await tell({ address: '2001:0db8::ffff:1', failures: half })
    expect((await bans()).map(({ network }) => network)).toEqual(['2001:db8:0:0::/64'])
  })

  test('a network from which somebody signed in may fail more often', async () => {
    await tell({ succeeded: true })
    await tell({ failures: limit * knownFactor - 1 })
    expect(await bans()).toEqual([])
    await tell({ failures: 1 })
    expect(await bans()).toHaveLength(1)
  })

  test('after the window it begins anew', async () => {
    await tell({ failures: limit - 1 })
    await application.database.query('UPDATE sign_in_network SET window_ends_at = now()')
    await tell({ failures: limit - 1 })
    expect(await bans()).toEqual([])
  })

  test('what is no address counts for nothing, however much of it comes', async () => {
    await tell({ address: 'unknown', failures: limit }, { address: '', failures: limit })
    expect(await application.database.query('SELECT FROM sign_in_network')).toEqual([])
  })
})

describe('bans', () => {
  test('end by themselves, whatever goes on meanwhile, and double each time', async () => {
    for (const minutes of [5, 10, 20]) {
      await tell({ failures: limit })
      expect((await bans()).map((ban) => ban.minutes)).toEqual([minutes])
      await tell({ failures: 10 * limit })
      await endBans()
      expect(await bans()).toEqual([])
      await tell({ failures: limit - 1 })
      expect(await bans()).toEqual([])
      await application.database.query('UPDATE sign_in_network SET failures = 0')
    }
    await application.database.query(`UPDATE sign_in_network SET banned_until = now() - interval '25 hours'`)
    await tell({ failures: limit })
    expect((await bans()).map(({ minutes }) => minutes)).toEqual([5])
  })

  test('are told to every node when they begin, and when they have ended', async () => {
    const told = () =>
      application.database.query(`SELECT DISTINCT mail_node_id, resource_id FROM (
        SELECT mail_node_id, resource_id FROM change_outbox WHERE kind = 'Ban'
        UNION ALL SELECT mail_node_id, resource_id FROM change_log WHERE kind = 'Ban') AS change`)
    const before = (await told()).length
    await tell({ failures: limit })
    expect(await told()).toHaveLength(before + 1)
    await endBans()
    await application.database.query(`DELETE FROM change_outbox; DELETE FROM change_log WHERE kind = 'Ban'`)
    await sweepBans(application.database)
    expect(await told()).toHaveLength(1)
    expect(await application.database.query('SELECT FROM ban')).toEqual([])
  })

  test('hold for the API: the right password is not looked at, whoever is signed in goes on', async () => {
    const { network } = { network: '127.0.0.1' }
    const client = new ApiClient(application.url)
    for (let time = 0; time < 3; time++) {
      const input = { email: 'nobody@platform.example', password: newPassword() }
      expect(await client.refusal('signIn', input)).toEqual(['INVALID_CREDENTIALS'])
    }
    const [counter] = await application.database.query('SELECT failures FROM sign_in_network WHERE network = $1', [
      network,
    ])
    expect(counter).toEqual({ failures: 3 })
    await tell({ address: network, failures: limit * knownFactor })
    expect(await client.refusal('signIn', application.credentials)).toEqual(['RATE_LIMITED'])
    const [ban] = (await application.admin.query('{ bans { nodes { id } } }')).bans.nodes
    await lift(application.admin, ban.id)
    expect(await client.refusal('signIn', application.credentials)).toEqual([])
  })
})

const lift = async (client: ApiClient, id: string): Promise<string[]> => {
  const { data, errors } = await client.send('mutation ($id: ID!) { liftBan(id: $id) { errors { code } } }', { id })
  return [
    ...errors.map((error) => error.extensions.code as string),
    ...(data?.liftBan?.errors ?? []).map((e: { code: string }) => e.code),
  ]
}

test("bans are the platform's: others see none and lift none; a lifted one leaves nothing behind", async () => {
  const { reseller } = await makeBranch(application, 'banned')
  await tell({ failures: limit })
  const [{ id }] = (await application.admin.query('{ bans { nodes { id } } }')).bans.nodes
  expect((await reseller.query('{ bans { totalCount } }')).bans.totalCount).toBe(0)
  expect(await lift(reseller, id)).toEqual(['FORBIDDEN'])
  expect(await lift(application.admin, newId())).toEqual(['NOT_FOUND'])
  expect(await lift(application.admin, id)).toEqual([])
  expect(await bans()).toEqual([])
  await tell({ failures: limit - 1 })
  expect(await bans()).toEqual([])
  const entries = await application.database.query(
    `SELECT change FROM audit_entry WHERE subject_type = 'Ban' AND subject_id = $1 ORDER BY at`,
    [id],
  )
  expect(entries).toEqual([{ change: 'CREATED' }, { change: 'DELETED' }])
})
