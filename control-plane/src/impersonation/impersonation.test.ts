import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let other: Branch
beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'acting')
  other = await makeBranch(application, 'beside')
})
afterAll(() => application?.stop())

const who = `{ viewer { administrator { email } impersonation { impersonatorEmail endsAt } } }`
const act = (client: ApiClient, administratorId: string, more: object = {}) =>
  client.refusal('impersonate', { administratorId, reason: 'a ticket', ...more })
const end = (client: ApiClient) => client.query(`mutation { endImpersonation { errors { code } } }`)

describe('acting as somebody else', () => {
  test('shows both, and ends when it is ended', async () => {
    const { reseller, customer } = branch
    expect(await act(reseller, customer.administrator.id)).toEqual([])
    expect((await reseller.query(who)).viewer).toEqual({
      administrator: { email: 'acting-customer-admin@people.example' },
      impersonation: { impersonatorEmail: 'acting-reseller@people.example', endsAt: expect.any(String) },
    })
    await end(reseller)
    expect((await reseller.query(who)).viewer).toEqual({
      administrator: { email: 'acting-reseller@people.example' },
      impersonation: null,
    })
  })

  test('ends by itself', async () => {
    const { reseller, customer } = branch
    await act(reseller, customer.administrator.id, { minutes: 1 })
    await application.database.query(
      `UPDATE session SET impersonation_ends_at = now() WHERE impersonated_id IS NOT NULL`,
    )
    expect((await reseller.query(who)).viewer.impersonation).toBeNull()
  })

  test('gets hold of no credential, the own password included', async () => {
    const { reseller, customer } = branch
    await act(reseller, customer.administrator.id)
    const password = newPassword()
    const change = { currentPassword: password, newPassword: password }
    expect(await reseller.refusal('changePassword', change)).toEqual(['FORBIDDEN'])
    expect(await reseller.refusal('createApiToken', { name: 'kept' })).toEqual(['FORBIDDEN'])
    const { id, version } = customer.administrator
    expect(await reseller.refusal('updateAdministrator', { id, version, role: 'SUPPORT' })).toEqual(['FORBIDDEN'])
    const person = {
      tenantId: customer.tenant.id,
      email: 'back@people.example',
      name: 'Door',
      role: 'SUPPORT',
      password,
    }
    expect(await reseller.refusal('createAdministrator', person)).toEqual(['FORBIDDEN'])
    const role = { tenantId: customer.tenant.id, name: 'door', rules: [] }
    expect(await reseller.refusal('createAccessRole', role)).toEqual(['FORBIDDEN'])
    const { mailbox } = customer
    expect(await reseller.refusal('updateMailbox', { ...mailbox, password })).toEqual(['FORBIDDEN'])
    expect(await reseller.refusal('updateMailbox', { ...mailbox, name: 'Renamed' })).toEqual([])
    expect(await act(reseller, customer.administrator.id)).toEqual(['FORBIDDEN'])
    await end(reseller)
  })

  test('is of those below alone, for whoever may, from a session', async () => {
    const { reseller, customer, support } = branch
    expect(await act(customer.admin, customer.administrator.id)).toEqual(['FORBIDDEN'])
    expect(await act(support, customer.administrator.id)).toEqual(['FORBIDDEN'])
    expect(await act(reseller, other.customer.administrator.id)).toEqual(['NOT_FOUND'])
    expect(await act(reseller, branch.administrator.id)).toEqual(['FORBIDDEN'])
    const { viewer } = await application.admin.query(`{ viewer { administrator { id } } }`)
    expect(await act(reseller, viewer.administrator.id)).toEqual(['NOT_FOUND'])
    expect(await act(reseller, customer.administrator.id, { minutes: 61 })).toEqual(['INVALID_INPUT'])
    const script = new ApiClient(application.url)
    script.token = (await reseller.mutate('createApiToken', { name: 'script' }, 'secret')).secret
    expect(await act(script, customer.administrator.id)).toEqual(['FORBIDDEN'])
  })

  test('is over when either of them is suspended', async () => {
    const { reseller, administrator, customer } = other
    await act(reseller, customer.administrator.id)
    await application.database.query(`UPDATE administrator SET status = 'SUSPENDED' WHERE id = $1`, [administrator.id])
    expect((await reseller.query(who)).viewer).toBeNull()
  })
})
