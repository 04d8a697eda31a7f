/** Over the API, with a real DNS server and a real node's link. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import 'reflect-metadata'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startDnsServer, type DnsServer, type Zone } from '../../../tests/support/dns-server.js'
import { eventually } from '../../../tests/support/eventually.js'
import { provideJoinToken } from '../nodes/index.js'
import { enrolAgent, type TestAgent } from '../nodes/test-support/test-agent.js'
import { DnsResolver } from '../platform/dns/index.js'
import { createLogger } from '../platform/logger.js'
import type { Json } from '../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'
import { takeSteps } from './rotation.js'

const zone: Zone = {}
let dns: DnsServer
let resolver: DnsResolver
let application: TestApplication
let branch: Branch
let agent: TestAgent

beforeAll(async () => {
  dns = await startDnsServer(zone)
  const settings = { servers: [dns.address], timeoutMs: 500 }
  resolver = new DnsResolver(settings)
  application = await startTestApplication({ dns: settings })
  branch = await makeBranch(application, 'signed')
  const { token } = await provideJoinToken(application.database, { name: 'first', hostName: 'mx.platform.example' })
  agent = await enrolAgent(`${application.url}/node`, token)
  await agent.connect()
  agent.subscribe()
})
afterAll(async () => {
  agent?.disconnect()
  await application?.stop()
  resolver?.close()
  await dns?.close()
})

const fields = 'id version selector algorithm state recordStatus record { name value } domain { id }'

async function call(name: string, input: object, selection = `dkimKey { ${fields} }`): Promise<Json> {
  const versioned = 'version' in input
  const type = versioned ? 'VersionedInput' : `${name[0]!.toUpperCase()}${name.slice(1)}Input`
  const data = await branch.customer.admin.query(
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} errors { code path params { value } } } }`,
    { input },
  )
  return data[name]
}
const keyNow = async (id: string): Promise<Json> =>
  (await branch.customer.admin.query(`query ($id: ID!) { dkimKey(id: $id) { ${fields} } }`, { id })).dkimKey
const versioned = async (id: string) => ({ id, version: (await keyNow(id)).version as number })

async function makeDomain(name: string): Promise<string> {
  return (await application.admin.must('createDomain', { tenantId: branch.customer.tenant.id, name }, 'id')).id
}
const publish = ({ record }: Json, value: string = record.value): void => {
  zone[`${record.name} TXT`] = [value.match(/.{1,255}/g)!]
}
/** As if its time had come; the application's own steps may be first. */
async function step(id: string): Promise<Json> {
  await application.database.query('UPDATE dkim_key SET due_at = now() WHERE id = $1', [id])
  const { database, secrets } = application
  await takeSteps({ database, secrets, dns: resolver, logger: createLogger('silent') })
  return keyNow(id)
}
const age = (id: string, column: 'state_since' | 'missing_since', interval: string) =>
  application.database.query(`UPDATE dkim_key SET ${column} = ${column} - $2::interval WHERE id = $1`, [id, interval])

const atNode = (domainId: string): { id: string; selector: string; privateKey: string }[] =>
  (agent.resources.get(`Domain/${domainId}`)?.resource as Json)?.dkimKeys ?? []
const signersAtNode = (domainId: string, selectors: string[]) =>
  eventually(
    () => atNode(domainId).map((key) => key.selector),
    (signers) => JSON.stringify(signers) === JSON.stringify(selectors),
  )

describe('the life of a key', () => {
  let domainId: string
  let first: Json
  let second: Json
  beforeAll(async () => {
    domainId = await makeDomain('life.example')
  })

  test('signs only when DNS has its record, and only its node has the private half', async () => {
    first = (await call('createDkimKey', { domainId, selector: 'First' })).dkimKey
    expect(first).toMatchObject({
      selector: 'first',
      algorithm: 'RSA_SHA256',
      state: 'PUBLISHED',
      domain: { id: domainId },
    })
    expect(first.record.name).toBe('first._domainkey.life.example')
    expect(await step(first.id)).toMatchObject({ state: 'PUBLISHED', recordStatus: 'MISSING' })
    publish(first, 'v=DKIM1; p=AAAA')
    expect(await step(first.id)).toMatchObject({ state: 'PUBLISHED', recordStatus: 'WRONG' })
    zone[`${first.record.name} TXT`] = 'SERVFAIL'
    expect(await step(first.id)).toMatchObject({ state: 'PUBLISHED', recordStatus: 'UNANSWERED' })
    publish(first)
    expect(await step(first.id)).toMatchObject({ state: 'SIGNING', recordStatus: 'FOUND' })

    expect(await signersAtNode(domainId, ['first'])).toEqual(['first'])
    const der = Buffer.from(atNode(domainId)[0]!.privateKey, 'base64')
    const key = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }))
    expect(first.record.value).toContain(key.export({ type: 'spki', format: 'der' }).toString('base64'))
    const [{ dump }] = (await application.database.query<{ dump: string }>(
      `SELECT string_agg(to_jsonb(k)::text, '') || coalesce((SELECT string_agg(to_jsonb(e)::text, '') FROM audit_entry e), '') AS dump
       FROM dkim_key k`,
    )) as [{ dump: string }]
    for (const text of [der.toString('hex').slice(60, 120), der.toString('base64').slice(60, 120)])
      expect(dump).not.toContain(text)
  })

  test('is followed by another, with which it signs for a day, and is gone when nothing is under way', async () => {
    const { dkimKeys } = await call('rotateDkimKeys', { domainId }, `dkimKeys { ${fields} }`)
    expect(dkimKeys).toMatchObject([{ algorithm: 'RSA_SHA256', state: 'PUBLISHED' }])
    second = dkimKeys[0]
    expect(second.selector).toMatch(/^\d{8}-rsa$/)
    expect((await call('rotateDkimKeys', { domainId }, 'dkimKeys { id }')).dkimKeys).toEqual([{ id: second.id }])
    expect(await step(first.id)).toMatchObject({ state: 'SIGNING' })
    publish(second)
    expect(await step(second.id)).toMatchObject({ state: 'SIGNING' })
    expect(await step(first.id)).toMatchObject({ state: 'SIGNING' })
    await signersAtNode(domainId, ['first', second.selector])
    await age(second.id, 'state_since', '25 hours')
    expect(await step(first.id)).toMatchObject({ state: 'RETIRING' })
    expect(await signersAtNode(domainId, [second.selector])).toEqual([second.selector])
    const [row] = await application.database.query('SELECT sealed_private_key FROM dkim_key WHERE id = $1', [first.id])
    expect(row).toEqual({ sealed_private_key: null })
    expect((await call('deleteDkimKey', await versioned(first.id), 'deletedId')).errors).toMatchObject([
      { code: 'WRONG_STATE' },
    ])
    expect(await step(first.id)).toMatchObject({ state: 'RETIRING' })
    await age(first.id, 'state_since', '8 days')
    expect(await step(first.id)).toMatchObject({ state: 'RETIRED', record: { value: 'v=DKIM1; k=rsa; p=' } })
    expect((await call('deleteDkimKey', await versioned(first.id), 'deletedId')).deletedId).toBe(first.id)
  })

  test('stops when its record has gone from DNS, and not when DNS is silent', async () => {
    const { name } = second.record
    zone[`${name} TXT`] = 'SERVFAIL'
    expect(await step(second.id)).toMatchObject({ state: 'SIGNING', recordStatus: 'UNANSWERED' })
    delete zone[`${name} TXT`]
    expect(await step(second.id)).toMatchObject({ state: 'SIGNING', recordStatus: 'MISSING' })
    await age(second.id, 'missing_since', '1 minute')
    expect(await step(second.id)).toMatchObject({ state: 'PUBLISHED' })
    expect(await signersAtNode(domainId, [])).toEqual([])
    publish(second)
    expect(await step(second.id)).toMatchObject({ state: 'SIGNING' })
  })

  test('ends at once when it is revoked', async () => {
    await signersAtNode(domainId, [second.selector])
    const { dkimKey } = await call('revokeDkimKey', await versioned(second.id))
    expect(dkimKey).toMatchObject({ state: 'REVOKED', record: { value: 'v=DKIM1; k=rsa; p=' } })
    expect(await signersAtNode(domainId, [])).toEqual([])
    expect((await call('revokeDkimKey', await versioned(second.id))).errors).toMatchObject([
      { code: 'WRONG_STATE', params: [{ value: 'REVOKED' }] },
    ])
  })
})

test('keys come in pairs where a domain has none, and are brought along', async () => {
  const domainId = await makeDomain('brought.example')
  const { dkimKeys } = await call('rotateDkimKeys', { domainId }, 'dkimKeys { algorithm }')
  expect(dkimKeys.map((key: Json) => key.algorithm).sort()).toEqual(['ED25519_SHA256', 'RSA_SHA256'])
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  expect((await call('createDkimKey', { domainId, selector: 'old', privateKey: pem })).dkimKey).toMatchObject({
    algorithm: 'ED25519_SHA256',
  })
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export({ type: 'pkcs8', format: 'pem' })
  const refused = async (input: object) => (await call('createDkimKey', { domainId, ...input })).errors
  expect(await refused({ privateKey: short })).toMatchObject([{ code: 'INVALID_INPUT', path: ['privateKey'] }])
  expect(await refused({ privateKey: pem, algorithm: 'RSA_SHA256' })).toMatchObject([{ path: ['algorithm'] }])
  expect(await refused({ selector: 'old', algorithm: 'ED25519_SHA256' })).toMatchObject([{ code: 'ALREADY_EXISTS' }])
  for (const selector of ['a.b', '-a', 'a_b', '', 'x'.repeat(64), 'a;b'])
    expect(await refused({ selector })).toMatchObject([{ code: 'INVALID_INPUT', path: ['selector'] }])
})

test('is looked for at once, and then every ten seconds at most', async () => {
  const domainId = await makeDomain('often.example')
  const { dkimKey } = await call('createDkimKey', { domainId, algorithm: 'ED25519_SHA256' })
  const check = async () => {
    const { checkDkimKey } = await branch.customer.admin.query(
      `mutation ($id: ID!) { checkDkimKey(id: $id) { errors { code params { name value } } } }`,
      { id: dkimKey.id },
    )
    return checkDkimKey.errors
  }
  const set = (sql: string) => application.database.query(`UPDATE dkim_key SET ${sql} WHERE id = $1`, [dkimKey.id])
  await set('record_checked_at = now()')
  expect(await check()).toEqual([{ code: 'RATE_LIMITED', params: [{ name: 'retryAfter', value: '10' }] }])
  await set(`record_checked_at = now() - interval '11 seconds'`)
  expect(await check()).toEqual([])
})

test('a policy has keys follow one another by themselves', async () => {
  const domainId = await makeDomain('aged.example')
  const { dkimKey } = await call('createDkimKey', { domainId, algorithm: 'ED25519_SHA256' })
  publish(dkimKey)
  await step(dkimKey.id)
  await age(dkimKey.id, 'state_since', '90 days')
  const count = async () =>
    (await branch.customer.admin.query('query ($id: ID!) { domain(id: $id) { dkimKeys { state } } }', { id: domainId }))
      .domain.dkimKeys.length
  await step(dkimKey.id)
  expect(await count()).toBe(1)
  const settings = { target: 'DOMAIN', objectId: domainId, version: 0, set: [{ kind: 'DKIM_ROTATION', value: 90 }] }
  await application.admin.query(
    'mutation ($input: SetPoliciesInput!) { setPolicies(input: $input) { errors { code } } }',
    { input: { ...settings, unset: [] } },
  )
  await step(dkimKey.id)
  expect(await count()).toBe(2)
  await step(dkimKey.id)
  expect(await count()).toBe(2)
})
