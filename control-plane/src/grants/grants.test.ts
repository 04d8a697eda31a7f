import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiClient, Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let giver: Branch
let receiver: Branch
beforeAll(async () => {
  application = await startTestApplication()
  giver = await makeBranch(application, 'giver')
  receiver = await makeBranch(application, 'receiver')
})
afterAll(() => application?.stop())

const soon = () => new Date(Date.now() + 3_600_000).toISOString()
const allow = (actions: string[], subjects: string[]) => ({ effect: 'ALLOW', actions, subjects, scope: 'SUBTREE' })
const terms = (more: object = {}) => ({
  tenantId: giver.customer.tenant.id,
  rules: [allow(['READ', 'UPDATE'], ['Mailbox'])],
  reason: 'a ticket',
  expiresAt: soon(),
  ...more,
})
const offer = (client: ApiClient, more: object = {}) =>
  client.mutate(
    'offerGrant',
    terms({ receiverEmail: 'receiver-support@people.example', ...more }),
    'grant { id version state }',
  )
const codes = (payload: Json) => payload.errors.map(({ code }: Json) => code)
const revoke = async (client: ApiClient, { id, version }: Json): Promise<string[]> => {
  const mutation = 'mutation ($input: VersionedInput!) { revokeGrant(input: $input) { errors { code } } }'
  const { data, errors } = await client.send(mutation, { input: { id, version } })
  return errors.length > 0 ? errors.map(({ extensions }) => extensions.code as string) : codes(data.revokeGrant)
}
const sees = async (client: ApiClient): Promise<boolean> =>
  (await client.query(`query ($id: ID!) { mailbox(id: $id) { address } }`, { id: giver.customer.mailbox.id }))
    .mailbox !== null

describe('a grant', () => {
  test('gives somebody of another tenant what it says, until it is revoked', async () => {
    expect(await sees(receiver.support)).toBe(false)
    const { grant, errors } = await offer(giver.customer.admin)
    expect(errors).toEqual([])
    expect(await sees(receiver.support)).toBe(true)
    const { id, version } = giver.customer.mailbox
    expect(await receiver.support.refusal('updateMailbox', { id, version, name: 'Helped' })).toEqual([])
    expect(await receiver.support.refusal('suspendMailbox', { id, version: version + 1 })).toEqual(['FORBIDDEN'])
    // Nor may the colleague.
    expect(await sees(receiver.reseller)).toBe(false)
    expect(await revoke(receiver.reseller, grant)).toEqual(['NOT_FOUND'])
    expect(await revoke(giver.customer.admin, grant)).toEqual([])
    expect(await sees(receiver.support)).toBe(false)
  })

  test('ends by itself, and when its receiver gives it up', async () => {
    const first = (await offer(giver.customer.admin)).grant
    await application.database.query('UPDATE access_grant SET expires_at = now() WHERE id = $1', [first.id])
    expect(await sees(receiver.support)).toBe(false)
    const second = (await offer(giver.customer.admin)).grant
    expect(await sees(receiver.support)).toBe(true)
    expect(await revoke(receiver.support, second)).toEqual([])
    expect(await sees(receiver.support)).toBe(false)
  })

  test('is asked for by whoever sees the tenant, and given by whoever may', async () => {
    const requested = await giver.support.mutate('requestGrant', terms(), 'grant { id version state receiverEmail }')
    expect(requested.grant).toMatchObject({ state: 'REQUESTED', receiverEmail: 'giver-support@people.example' })
    const change = { ...giver.customer.mailbox, name: 'By support' }
    const { id } = change
    const version = async () =>
      (await application.admin.query(`query ($id: ID!) { mailbox(id: $id) { version } }`, { id })).mailbox.version
    const update = async () => giver.support.refusal('updateMailbox', { id, version: await version(), name: 'S' })
    expect(await update()).toEqual(['FORBIDDEN'])
    const decision = { id: requested.grant.id, version: 1, approve: true }
    expect(await giver.support.refusal('decideGrant', decision)).toEqual(['FORBIDDEN'])
    expect(await giver.customer.admin.refusal('decideGrant', decision)).toEqual([])
    expect(await update()).toEqual([])
    expect(await giver.customer.admin.refusal('decideGrant', { ...decision, version: 2 })).toEqual(['INVALID_INPUT'])
    expect(await receiver.support.refusal('requestGrant', terms())).toEqual(['NOT_FOUND'])
  })

  test('tells nobody whether there is such a receiver', async () => {
    const unknown = await offer(giver.customer.admin, { receiverEmail: 'nobody@nowhere.example' })
    expect(unknown.grant.state).toBe('ACTIVE')
    expect(codes(unknown)).toEqual([])
  })

  test.each([
    ['what the giver has not', { rules: [allow(['CREATE'], ['Tenant'])] }, 'FORBIDDEN'],
    ['a denial', { rules: [{ ...allow(['READ'], ['Mailbox']), effect: 'DENY' }] }, 'INVALID_INPUT'],
    ['no end', { expiresAt: '2999-01-01T00:00:00Z' }, 'INVALID_INPUT'],
    ['no reason', { reason: ' ' }, 'INVALID_INPUT'],
    ['nothing', { rules: [] }, 'INVALID_INPUT'],
  ])('with %s is refused', async (_, more, code) => {
    expect(codes(await offer(giver.customer.admin, more))).toEqual([code])
  })

  test('raises no budget, and takes nothing from whoever receives it', async () => {
    const root = application.credentials.email
    const rules = [allow(['READ', 'UPDATE', 'SUSPEND', 'DELETE'], ['Tenant'])]
    await offer(giver.reseller, { tenantId: giver.tenant.id, rules, receiverEmail: root })
    const { id, version } = giver.tenant
    expect(await application.admin.refusal('suspendTenant', { id, version })).toEqual([])
    expect(await application.admin.refusal('resumeTenant', { id, version: version + 1 })).toEqual([])
  })
})
