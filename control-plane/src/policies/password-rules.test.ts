/** PASSWORD_LENGTH, PASSWORD_REUSE and TWO_FACTOR, wherever a password is set and whenever somebody comes in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient, type Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'rules')
})
afterAll(() => application?.stop())

const versions = new Map<string, number>()
async function say(target: string, objectId: string, kind: string, value: unknown, lock: string | null = null) {
  const input = { target, objectId, version: versions.get(objectId) ?? 0, set: [{ kind, value, lock }] }
  const { errors, policies } = await application.admin.mutate('setPolicies', input, 'policies { version }')
  expect(errors).toEqual([])
  versions.set(objectId, policies.version)
}

const failureOf = ({ errors }: Json): Json =>
  errors.map(({ code, path, params }: Json) => ({
    code,
    path,
    ...Object.fromEntries(params.map(({ name, value }: Json) => [name, value])),
  }))

describe('length', () => {
  const long = 'a password of 25 letters.'
  beforeAll(() => say('TENANT', branch.tenant.id, 'PASSWORD_LENGTH', 20))
  const tooShort = (field = 'password') => [{ code: 'INVALID_INPUT', path: [field], min: '20', max: '256' }]

  test('of mailboxes', async () => {
    const { customer } = branch
    const make = (password: string) =>
      application.admin.mutate(
        'createMailbox',
        { domainId: customer.domain.id, localPart: 'long', name: 'L', password },
        'mailbox { id version }',
      )
    expect(failureOf(await make(newPassword()))).toEqual(tooShort())
    const made = await make(long)
    expect(made.errors).toEqual([])
    const { id, version } = made.mailbox
    expect(
      failureOf(
        await application.admin.mutate('updateMailbox', { id, version, password: newPassword() }, 'mailbox { id }'),
      ),
    ).toEqual(tooShort())
  })

  test('of a domain, where it is stricter', async () => {
    const { customer } = branch
    await say('DOMAIN', customer.domain.id, 'PASSWORD_LENGTH', 40)
    const input = { domainId: customer.domain.id, localPart: 'longer', name: 'L', password: long }
    const { errors } = await application.admin.mutate('createMailbox', input, 'mailbox { id }')
    expect(errors[0].params).toContainEqual({ name: 'min', value: '40' })
  })

  test('of administrators, given or changed', async () => {
    const input = { tenantId: branch.tenant.id, role: 'SUPPORT', name: 'S', email: 'length@people.example' }
    const make = (password: string) =>
      application.admin.mutate('createAdministrator', { ...input, password }, 'administrator { id version }')
    expect(failureOf(await make(newPassword()))).toEqual(tooShort())
    const { administrator } = await make(long)
    expect(
      failureOf(
        await application.admin.mutate(
          'updateAdministrator',
          { ...administrator, password: newPassword() },
          'administrator { id }',
        ),
      ),
    ).toEqual(tooShort())
    const client = new ApiClient(application.url)
    await client.signIn({ email: input.email, password: long })
    expect(
      failureOf(
        await client.mutate('changePassword', { currentPassword: long, newPassword: newPassword() }, '__typename'),
      ),
    ).toEqual(tooShort('newPassword'))
  })
})

describe('reuse', () => {
  const again = (count: string, field: string) => [
    { code: 'POLICY_REFUSED', path: [field], policy: 'PASSWORD_REUSE', count },
  ]
  const keptFor = async (id: string) =>
    (
      await application.database.query('SELECT FROM former_password WHERE administrator_id = $1 OR mailbox_id = $1', [
        id,
      ])
    ).length

  test('of one’s own password: none of the last ones, and not one more', async () => {
    const { client, credentials, administrator } = await addAdministrator(
      application,
      application.rootId,
      'SUPPORT',
      'reuse',
    )
    const passwords = [credentials.password, newPassword(), newPassword(), newPassword()]
    let current = passwords[0]!
    const change = async (newPassword: string) => {
      const answer = await client.mutate('changePassword', { currentPassword: current, newPassword }, '__typename')
      if (answer.errors.length === 0) current = newPassword
      return failureOf(answer)
    }
    expect(await change(passwords[1]!)).toEqual([])
    expect(await keptFor(administrator.id)).toBe(0)
    await say('TENANT', application.rootId, 'PASSWORD_REUSE', 2)
    expect(await change(passwords[1]!)).toEqual(again('2', 'newPassword'))
    expect(await change(passwords[2]!)).toEqual([])
    expect(await change(passwords[1]!)).toEqual(again('2', 'newPassword'))
    expect(await change(passwords[3]!)).toEqual([])
    expect(await change(passwords[1]!)).toEqual([])
    expect(await keptFor(administrator.id)).toBe(2)
    await say('TENANT', application.rootId, 'PASSWORD_REUSE', 0)
    expect(await change(passwords[1]!)).toEqual([])
    expect(await keptFor(administrator.id)).toBe(0)
  })

  test('of a mailbox: refused where somebody else sets it too, and told to nobody who may not set it', async () => {
    const { mailbox } = branch.customer
    await say('MAILBOX', mailbox.id, 'PASSWORD_REUSE', 3)
    const first = newPassword().padEnd(60, '.')
    const set = (password: string, version: number, client = branch.customer.admin) =>
      client.mutate('updateMailbox', { id: mailbox.id, version, password }, 'mailbox { version }')
    const { mailbox: changed } = await set(first, mailbox.version)
    expect(failureOf(await set(first, changed.version))).toEqual(again('3', 'password'))
    expect(failureOf(await set(first, changed.version, branch.customer.support))).toEqual([
      { code: 'FORBIDDEN', path: null },
    ])
    expect(await application.database.query('SELECT version FROM mailbox WHERE id = $1', [mailbox.id])).toEqual([
      { version: changed.version },
    ])
  })
})

describe('second factor', () => {
  test('is demanded of all below, and not where a lock above says no', async () => {
    const other = await makeBranch(application, 'factor')
    const mustEnrol = async (client: ApiClient) => (await client.query('{ viewer { mustEnrol } }')).viewer.mustEnrol
    await say('TENANT', other.customer.tenant.id, 'TWO_FACTOR', true)
    expect([await mustEnrol(other.reseller), await mustEnrol(other.customer.admin)]).toEqual([false, true])
    const { errors } = await other.customer.admin.send('{ domains { totalCount } }')
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['TWO_FACTOR_REQUIRED'])
    await say('TENANT', other.tenant.id, 'TWO_FACTOR', false, 'FIXED')
    expect(await mustEnrol(other.customer.admin)).toBe(false)
    await say('TENANT', application.rootId, 'TWO_FACTOR', true)
    expect(await mustEnrol(other.customer.admin)).toBe(true)
  })
})
