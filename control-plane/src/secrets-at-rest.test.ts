/**
 * ACCEPTANCE G 42: after all that makes secrets, the whole database, the audit trail included, is searched for every one of them, as it is
 * and in the forms in which it could be written. What has no secret of ours in it, such as a private key, is searched for by its form.
 */
import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newPassword, startTestApplication, type TestApplication } from './test-support/test-application.js'
import { addAdministrator } from './test-support/world.js'

let application: TestApplication
const secrets: Record<string, string> = {}
let dump: string

beforeAll(async () => {
  application = await startTestApplication()
  const { admin, rootId, database } = application
  secrets['password of the first administrator'] = application.credentials.password
  secrets['master key'] = application.masterKey
  const tenant = await admin.must('createTenant', { parentId: rootId, name: 'Kept', kind: 'CUSTOMER' })
  const { client, credentials, administrator } = await addAdministrator(
    application,
    tenant.id,
    'CUSTOMER_ADMIN',
    'kept',
  )
  secrets['password of an administrator'] = credentials.password
  secrets['session'] = client.cookie!.split('=')[1]!
  secrets['changed password'] = newPassword()
  await admin.must('updateAdministrator', { ...administrator, email: undefined, password: secrets['changed password'] })
  await client.signIn({ email: credentials.email, password: secrets['changed password'] })
  secrets['API token'] = (await client.mutate('createApiToken', { name: 'kept' }, 'secret')).secret

  const domain = await admin.must('createDomain', { tenantId: tenant.id, name: 'kept.example' })
  secrets['password of a mailbox'] = newPassword()
  const mailbox = await admin.must('createMailbox', {
    domainId: domain.id,
    localPart: 'kept',
    name: 'Kept',
    password: secrets['password of a mailbox'],
  })
  const appPassword = await admin.mutate('createAppPassword', { mailboxId: mailbox.id, name: 'kept' }, 'secret')
  secrets['app password'] = appPassword.secret
  const { createJoinToken } = await admin.query(`mutation ($id: ID!) { createJoinToken(mailNodeId: $id) { token } }`, {
    id: application.mailNodeId,
  })
  secrets['join token'] = createJoinToken.token

  const { beginTotp } = await client.query('mutation { beginTotp { secret } }')
  secrets['secret of an authenticator app'] = beginTotp.secret
  const { confirmTotp } = await client.query(
    'mutation ($input: ConfirmTotpInput!) { confirmTotp(input: $input) { recoveryCodes errors { code } } }',
    { input: { code: new TOTP({ secret: Secret.fromBase32(beginTotp.secret) }).generate() } },
  )
  for (const [index, code] of confirmTotp.recoveryCodes.entries()) secrets[`recovery code ${index}`] = code
  const again = await admin.send(
    `mutation ($input: SignInInput!) { signIn(input: $input) { secondFactor { token } } }`,
    { input: { email: credentials.email, password: secrets['changed password'] } },
    { cookie: '' },
  )
  secrets['step of signing in'] = again.data.signIn.secondFactor.token

  secrets['client secret of an identity source'] = newPassword()
  const oidc = {
    issuer: 'https://sign-in.kept.example',
    clientId: 'kept',
    clientSecret: secrets['client secret of an identity source'],
  }
  await admin.mutate(
    'createIdentitySource',
    { tenantId: tenant.id, kind: 'OIDC', name: 'Kept', oidc },
    'errors { code }',
  )

  const tables = await database.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
     WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
  )
  const rows: string[] = []
  for (const { name } of tables) {
    for (const { row } of await database.query<{ row: string }>(`SELECT t::text AS row FROM ${name} t`)) rows.push(row)
  }
  dump = rows.join('\n')
})
afterAll(() => application?.stop())

/** As text, and as the octets of a bytea or of base64 would show it. */
function formsOf(secret: string): string[] {
  const octets: Buffer[] = [Buffer.from(secret)]
  if (/^[A-Z2-7]{16,}$/.test(secret)) octets.push(Buffer.from(Secret.fromBase32(secret).buffer))
  if (/^[\w+/-]{43}=?$/.test(secret)) octets.push(Buffer.from(secret, 'base64'))
  return [
    secret,
    secret.replace(/^[a-z]+_/, ''),
    ...octets.flatMap((each) => [each.toString('hex'), each.toString('base64').replace(/=+$/, '')]),
  ]
}

describe('what is dumped', () => {
  test('holds what is no secret: the search finds things', () => {
    for (const known of ['kept@people.example', 'kept.example', 'sign-in.kept.example']) expect(dump).toContain(known)
  })

  test('holds no secret that anybody was given or gave', () => {
    expect(Object.keys(secrets).length).toBeGreaterThan(12)
    for (const [name, secret] of Object.entries(secrets)) {
      expect(secret?.length, name).toBeGreaterThan(7)
      for (const form of formsOf(secret)) expect(dump.includes(form), name).toBe(false)
    }
  })

  test('holds no private key', () => {
    // PEM, PKCS #8 of RSA and of Ed25519 in base64, and as hexadecimal octets; JWKs.
    for (const form of [
      /PRIVATE KEY/,
      /MII[EJ][\w+/]{2}IBADANBgkq/,
      /MC4CAQAwBQYDK2Vw/,
      /302e020100300506032b6570/,
      /"d":"[\w-]{43}/,
    ]) {
      expect(dump).not.toMatch(form)
    }
  })
})
