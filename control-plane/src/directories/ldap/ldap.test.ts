/** Sign-in and sync with a real slapd. */
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient, type Json } from '../../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../../test-support/world.js'
import { createLogger } from '../../platform/logger.js'
import { Outbound } from '../../platform/http/outbound.js'
import { syncOneDue, whyNot } from './scheduled-syncs.js'
import { hasSlapd, startSlapd, type Slapd } from '../test-support/slapd.js'

if (!hasSlapd) console.log('skipped: slapd, its schemas or openssl are not on this machine')
const domain = 'ldap-customer.example'
const servicePassword = newPassword()
let application: TestApplication
let branch: Branch
let slapd: Slapd
let source: Json

const settings = (more: object = {}) => ({
  url: slapd.url,
  startTls: true,
  ca: slapd.ca,
  bindDn: slapd.bindDn,
  bindPassword: servicePassword,
  baseDn: slapd.baseDn,
  userFilter: '(objectClass=inetOrgPerson)',
  groupsAttribute: 'employeeType',
  ...more,
})
const makeSource = (more: object): Promise<Json> =>
  branch.customer.admin.must('createIdentitySource', { tenantId: branch.customer.tenant.id, kind: 'LDAP', ...more })
const signIn = (email: string, password: string) =>
  new ApiClient(application.url).refusal('signIn', { email, password })
async function sync(name: 'previewDirectorySync' | 'runDirectorySync', input: object): Promise<Json> {
  const counts = 'created updated deactivated reactivated skipped unchanged remaining'
  return branch.customer.admin.mutate(name, input, `sync { ${counts} people { action email name reason } }`)
}

describe.skipIf(!hasSlapd)('a directory', () => {
  const password = newPassword()

  beforeAll(async () => {
    application = await startTestApplication()
    branch = await makeBranch(application, 'ldap')
    slapd = await startSlapd(servicePassword)
    source = await makeSource({
      name: 'Directory',
      emailDomains: [domain],
      defaultRole: 'SUPPORT',
      createsAdministrators: true,
      roleMapping: [{ group: 'admins', role: 'CUSTOMER_ADMIN' }],
      ldap: settings(),
    })
    await slapd.add('alice', { mail: `alice@${domain}`, cn: 'Alice', password, employeeType: ['admins'] })
  })
  afterAll(async () => {
    await slapd?.stop()
    await application?.stop()
  })

  describe('sign-in', () => {
    test('makes who is new there an administrator, with the role of their group', async () => {
      const client = new ApiClient(application.url)
      const { administrator } = await client.signIn({ email: `Alice@${domain}`, password })
      expect(administrator).toMatchObject({ email: `alice@${domain}`, role: 'CUSTOMER_ADMIN' })
      expect(await client.query('{ sessions { nodes { method } } }')).toEqual({
        sessions: { nodes: [{ method: 'LDAP' }] },
      })
    })

    test.each([
      ['a wrong password', `alice@${domain}`, () => newPassword()],
      // Which LDAP takes for no try at all, and lets pass.
      ['an empty password', `alice@${domain}`, () => ''],
      ['somebody who is not there', `nobody@${domain}`, () => password],
      ['a filter', `*)(uid=*@${domain}`, () => password],
      ['a pattern', `*@${domain}`, () => password],
    ])('by %s is refused', async (_name, email, given) => {
      expect(await signIn(email, given())).toEqual(['INVALID_CREDENTIALS'])
    })

    test('does not show the directory the password of somebody who is not kept there', async () => {
      const { credentials } = await addAdministrator(application, branch.customer.tenant.id, 'SUPPORT', 'local')
      await application.database.query('UPDATE administrator SET email = $1 WHERE email = $2', [
        `local@${domain}`,
        credentials.email,
      ])
      await slapd.add('local', { mail: `local@${domain}`, password })
      expect(await signIn(`local@${domain}`, password)).toEqual(['INVALID_CREDENTIALS'])
      expect(await signIn(`local@${domain}`, credentials.password)).toEqual([])
    })

    test('trusts no certificate but those given, and speaks over LDAPS too', async () => {
      const change = async (ldap: object) =>
        (source = await branch.customer.admin.must('updateIdentitySource', { ...source, ldap }))
      await change(settings({ ca: null }))
      expect(await signIn(`alice@${domain}`, password)).toEqual(['IDENTITY_SOURCE_FAILED'])
      await change(settings({ url: slapd.tlsUrl }))
      expect(await signIn(`alice@${domain}`, password)).toEqual([])
      await change(settings())
      expect(await signIn(`alice@${domain}`, password)).toEqual([])
    })

    test('says so where the directory is down, and lets those in who are kept here', async () => {
      const silent = createServer(() => undefined)
      await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
      const { port } = silent.address() as AddressInfo
      silent.close()
      const change = async (ldap: object) =>
        (source = await branch.customer.admin.must('updateIdentitySource', { ...source, ldap }))
      await change(settings({ url: `ldap://127.0.0.1:${port}` }))
      expect(await signIn(`alice@${domain}`, password)).toEqual(['IDENTITY_SOURCE_FAILED'])
      expect(await signIn(`nobody@${domain}`, password)).toEqual(['IDENTITY_SOURCE_FAILED'])
      await change(settings())
    })

    test('reaches no inner address, and asks for the password anew for another server', async () => {
      const { bindPassword: _, ...without } = settings({ url: 'ldap://directory.example' })
      const update = { ...source, ldap: without }
      const { errors } = await branch.customer.admin.mutate('updateIdentitySource', update, '__typename')
      expect(errors).toMatchObject([{ code: 'INVALID_INPUT', path: ['ldap', 'bindPassword'] }])
      const inner = await makeSource({ name: 'Inner', ldap: settings({ url: 'ldap://169.254.169.254' }) })
      const answer = await sync('previewDirectorySync', { identitySourceId: inner.id })
      expect(answer.errors).toMatchObject([{ code: 'IDENTITY_SOURCE_FAILED' }])
    })
  })

  describe('sync', () => {
    const input = () => ({ identitySourceId: source.id })
    const statusOf = async (email: string) =>
      (
        await application.database.query<{ status: string }>('SELECT status FROM administrator WHERE email = $1', [
          email,
        ])
      )[0]?.status

    test('shows what it would do, does it, and then has nothing to do', async () => {
      for (const name of ['bob', 'carol', 'dave'])
        await slapd.add(name, { mail: `${name}@${domain}`, cn: name, password })
      await slapd.add('foreign', { mail: 'somebody@elsewhere.example', password })
      const preview = await sync('previewDirectorySync', input())
      expect(preview.sync).toMatchObject({ created: 5, deactivated: 0, unchanged: 1 })
      expect(await statusOf(`bob@${domain}`)).toBeUndefined()
      const run = await sync('runDirectorySync', input())
      expect(run.sync).toMatchObject({ created: 3, skipped: 2, remaining: 0 })
      expect(
        run.sync.people
          .filter(({ action }: Json) => action === 'SKIP')
          .map(({ email }: Json) => email)
          .sort(),
      ).toEqual([`local@${domain}`, 'somebody@elsewhere.example'])
      expect(await statusOf(`bob@${domain}`)).toBe('ACTIVE')
      expect((await sync('runDirectorySync', input())).sync).toMatchObject({ created: 0, unchanged: 4 })
      expect(await signIn(`bob@${domain}`, password)).toEqual([])
    })

    test('is told in the audit trail as the source’s, and in whose name', async () => {
      const [entry] = await application.database.query<{ actor: Json }>(
        `SELECT actor FROM audit_entry WHERE subject_type = 'Administrator' AND label = $1 AND change = 'CREATED'`,
        [`bob@${domain}`],
      )
      expect(entry!.actor).toMatchObject({
        administratorId: source.id,
        email: 'LDAP source Directory',
        credential: { kind: 'source' },
        impersonatorId: branch.customer.administrator.id,
      })
    })

    test('follows names and groups, deactivates who is gone, and brings back who returns', async () => {
      const bob = `uid=bob,${slapd.baseDn}`
      await slapd.replace(bob, 'cn', ['Robert'])
      await slapd.replace(bob, 'employeeType', ['admins'])
      await slapd.client.modifyDN(`uid=dave,${slapd.baseDn}`, 'uid=david')
      await slapd.client.del(`uid=carol,${slapd.baseDn}`)
      const client = new ApiClient(application.url)
      await client.signIn({ email: `alice@${domain}`, password })
      expect((await sync('runDirectorySync', { ...input(), maxDeactivations: 0 })).errors).toMatchObject([
        { code: 'INVALID_INPUT', path: ['maxDeactivations'] },
      ])
      expect((await sync('runDirectorySync', input())).sync).toMatchObject({ updated: 1, deactivated: 1 })
      expect(await statusOf(`carol@${domain}`)).toBe('SUSPENDED')
      const [robert] = await application.database.query('SELECT name, role FROM administrator WHERE email = $1', [
        `bob@${domain}`,
      ])
      expect(robert).toEqual({ name: 'Robert', role: 'CUSTOMER_ADMIN' })
    })

    describe('by schedule', () => {
      const people = `'${domain}'`
      /** The run that comes of being due now, whichever replica takes it. */
      async function nextRun(): Promise<Json> {
        const last = async () => {
          const fields =
            'syncProblem lastSync { startedAt trigger outcome error sync { created deactivated remaining } }'
          const query = `query ($id: ID!) { identitySource(id: $id) { ${fields} } }`
          return (await branch.customer.admin.query(query, { id: source.id })).identitySource
        }
        const before = (await last()).lastSync?.startedAt
        await application.database.query('UPDATE directory_sync SET due_from = NULL')
        const { database, secrets } = application
        const outbound = new Outbound(application.settings.outboundNetworks)
        for (;;) {
          await syncOneDue({ database, secrets, outbound, logger: createLogger('silent') })
          const run = await last()
          if (run.lastSync && run.lastSync.startedAt !== before) return run
          await sleep(50)
        }
      }
      const change = async (ldap: object): Promise<void> => {
        source = await branch.customer.admin.must('updateIdentitySource', { ...source, ldap: settings(ldap) })
      }
      const active = async (): Promise<number> =>
        (
          await application.database.query<{ count: number }>(
            `SELECT count(*)::integer AS count FROM administrator WHERE status = 'ACTIVE' AND email LIKE '%@' || ${people}`,
          )
        )[0]!.count
      const problems = async (): Promise<number> =>
        (
          await application.database.query<{ count: number }>(
            `SELECT count(*)::integer AS count FROM audit_entry WHERE subject_type = 'IdentitySource' AND after ? 'sync_problem'`,
          )
        )[0]!.count

      test('runs in nobody’s name, one replica at a time, and again when its interval is over', async () => {
        await slapd.add('erin', { mail: `erin@${domain}`, password })
        await change({ syncEveryMinutes: 15 })
        expect(await nextRun()).toMatchObject({
          syncProblem: null,
          lastSync: { trigger: 'SCHEDULE', outcome: 'DONE', error: null, sync: { created: 1, remaining: 0 } },
        })
        expect(await statusOf(`erin@${domain}`)).toBe('ACTIVE')
        const [entry] = await application.database.query<{ actor: Json }>(
          `SELECT actor FROM audit_entry WHERE subject_type = 'Administrator' AND label = 'erin@${domain}' AND change = 'CREATED'`,
        )
        expect(entry!.actor).toMatchObject({ administratorId: source.id, credential: { kind: 'source' } })
        expect(Object.keys(entry!.actor)).not.toContain('impersonatorId')
        const { database, secrets } = application
        const parts = { database, secrets, outbound: new Outbound([]), logger: createLogger('silent') }
        expect(await syncOneDue(parts)).toBe(false)
        await database.query(`UPDATE directory_sync SET due_from = NULL, taken_until = now() + interval '1 minute'`)
        expect(await syncOneDue(parts)).toBe(false)
        await database.query(`UPDATE directory_sync SET due_from = now(), taken_until = NULL`)
      })

      test('an answer with nobody, or with half of them, suspends nobody and is told once', async () => {
        const before = await active()
        const told = await problems()
        for (const userFilter of ['(uid=nobody)', '(uid=alice)', '(uid=nobody)']) {
          await change({ syncEveryMinutes: 15, userFilter })
          const run = await nextRun()
          expect(run).toMatchObject({ syncProblem: 'REFUSED', lastSync: { outcome: 'REFUSED' } })
          expect(run.lastSync.error).toMatch(/nobody|of \d+/)
          expect(await active()).toBe(before)
        }
        expect(await problems()).toBe(told + 1)
        await change({ syncEveryMinutes: 15 })
        expect(await nextRun()).toMatchObject({ syncProblem: null, lastSync: { outcome: 'DONE' } })
        expect(await problems()).toBe(told + 2)
      })

      test('one who is gone is suspended; a directory that is down is told when it stays so', async () => {
        await slapd.client.del(`uid=erin,${slapd.baseDn}`)
        expect(await nextRun()).toMatchObject({ lastSync: { outcome: 'DONE', sync: { deactivated: 1 } } })
        expect(await statusOf(`erin@${domain}`)).toBe('SUSPENDED')
        await change({ syncEveryMinutes: 15, ca: null })
        expect(await nextRun()).toMatchObject({ syncProblem: null, lastSync: { outcome: 'FAILED', sync: null } })
        expect(await nextRun()).toMatchObject({ syncProblem: 'FAILED', lastSync: { outcome: 'FAILED' } })
        await change({ syncEveryMinutes: null })
        const wrong = { ...source, ldap: settings({ syncEveryMinutes: 1 }) }
        expect((await branch.customer.admin.mutate('updateIdentitySource', wrong, '__typename')).errors).toMatchObject([
          { code: 'INVALID_INPUT', path: ['ldap', 'syncEveryMinutes'] },
        ])
      })

      test.each([
        [0, 5, 5, 10, /nobody/],
        [9, 1, 10, 10, null],
        [8, 2, 10, 10, /2 of 10/],
        [2, 1, 3, 1, null],
        [5, 5, 10, 50, null],
        [9, 0, 9, 1, null],
      ])('of %i found, %i gone, %i active, %i percent', (found, gone, ofActive, percent, message) => {
        const steps = Array.from({ length: gone }, () => ({ action: 'DEACTIVATE' as const, email: '', name: '' }))
        const answer = whyNot({ found, active: ofActive, steps: steps as never }, percent)
        if (message) expect(answer).toMatch(message)
        else expect(answer).toBeNull()
      })
    })

    test('makes mailboxes in the domains of the tenant', async () => {
      const made = await makeSource({
        name: 'Mailboxes',
        ldap: settings({ provisions: 'MAILBOXES', groupsAttribute: null }),
      })
      const run = await sync('runDirectorySync', { identitySourceId: made.id })
      expect(run.sync).toMatchObject({ created: 4, skipped: 1 })
      await slapd.client.del(`uid=david,${slapd.baseDn}`)
      expect((await sync('runDirectorySync', { identitySourceId: made.id })).sync).toMatchObject({
        deactivated: 1,
        unchanged: 3,
      })
      const rows = await application.database.query(
        'SELECT address, status FROM mailbox WHERE address LIKE $1 ORDER BY 1',
        [`%@${domain}`],
      )
      expect(rows).toContainEqual({ address: `dave@${domain}`, status: 'SUSPENDED' })
      expect(rows).toContainEqual({ address: `bob@${domain}`, status: 'ACTIVE' })
    })
  })
})
