import { Secret, TOTP } from 'otpauth'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ApiClient, type Json } from '../../test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../../test-support/test-application.js'
import { addAdministrator, makeBranch, type Branch } from '../../test-support/world.js'

let application: TestApplication
let branch: Branch
beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'factors')
})
afterAll(() => application?.stop())

const stepFields = 'secondFactor { token methods } viewer { mustEnrol }'
const call = async (client: ApiClient, name: string, selection = '') =>
  (await client.query(`mutation { ${name} { ${selection} errors { code } } }`))[name] as Json
const codesOf = (payload: Json): string[] => payload.errors.map((error: Json) => error.code)
const viewer = async (client: ApiClient) =>
  (await client.query(`{ viewer { mustEnrol twoFactor { totp recoveryCodesLeft required } } }`)).viewer

/** Codes of an app at a moment; the server takes one step of drift, so that neighbouring codes are distinct tries. */
const appOf = (secret: string) => new TOTP({ secret: Secret.fromBase32(secret) })
const codeAt = (secret: string, steps = 0) => appOf(secret).generate({ timestamp: Date.now() + steps * 30_000 })
const wrongCode = (secret: string): string => {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeAt(secret, steps))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find((code) => !near.includes(code))!
}

let people = 0
async function enrolled(tenantId = application.rootId) {
  const made = await addAdministrator(application, tenantId, 'SUPPORT', `factors-${++people}`)
  const { secret } = await call(made.client, 'beginTotp', 'secret')
  const confirmed = await made.client.mutate('confirmTotp', { code: codeAt(secret, -1) }, 'recoveryCodes')
  const begin = async (client = new ApiClient(application.url)) => ({
    client,
    ...(await client.mutate('signIn', made.credentials, stepFields)),
  })
  return { ...made, secret, recoveryCodes: confirmed.recoveryCodes as string[], begin }
}
const verify = (client: ApiClient, input: object) => client.mutate('verifySecondFactor', input, 'viewer { mustEnrol }')
const forget = () => application.database.query('DELETE FROM sign_in_attempt')

describe('the second step', () => {
  test('comes between the password and the session', async () => {
    const { begin, secret } = await enrolled()
    const { client, secondFactor, viewer: nobody } = await begin()
    expect(nobody).toBeNull()
    expect(client.cookie).toBeNull()
    expect(secondFactor.methods).toEqual(['TOTP', 'RECOVERY_CODE'])
    // The step is no session and no token.
    const skipping = new ApiClient(application.url)
    skipping.cookie = `mailfleet=${secondFactor.token}`
    expect(await viewer(skipping)).toBeNull()
    skipping.cookie = null
    skipping.token = secondFactor.token
    expect(await viewer(skipping)).toBeNull()
    expect(codesOf(await verify(client, { token: secondFactor.token }))).toEqual(['INVALID_FACTOR'])
    expect(codesOf(await verify(client, { token: secondFactor.token, code: codeAt(secret) }))).toEqual([])
    expect(await viewer(client)).toMatchObject({ mustEnrol: false, twoFactor: { totp: true } })
    expect(codesOf(await verify(client, { token: secondFactor.token, code: codeAt(secret, 1) }))).toEqual([
      'STEP_ENDED',
    ])
  })

  test('a code is used once, by whichever step', async () => {
    const { begin, secret } = await enrolled()
    const code = codeAt(secret)
    const steps = await Promise.all([begin(), begin()])
    const answers = await Promise.all(
      steps.map(({ client, secondFactor }) => verify(client, { token: secondFactor.token, code })),
    )
    expect(answers.map(codesOf).flat()).toEqual(['INVALID_FACTOR'])
    const later = await begin()
    expect(codesOf(await verify(later.client, { token: later.secondFactor.token, code }))).toEqual(['INVALID_FACTOR'])
  })

  test('the password is no second factor', async () => {
    const { begin, credentials } = await enrolled()
    const { client, secondFactor } = await begin()
    const proof = { token: secondFactor.token, password: credentials.password }
    expect(codesOf(await verify(client, proof))).toEqual(['INVALID_FACTOR'])
  })

  test('five wrong codes end a step, ten an account for a while, over all steps', async () => {
    await forget()
    const { begin, secret } = await enrolled()
    const guess = async (step: Json) =>
      codesOf(await verify(step.client, { token: step.secondFactor.token, code: wrongCode(secret) }))[0]
    const first = await begin()
    for (let i = 0; i < 5; i++) expect(await guess(first)).toBe('INVALID_FACTOR')
    expect(await guess(first)).toBe('STEP_ENDED')
    const second = await begin()
    for (let i = 0; i < 5; i++) expect(await guess(second)).toBe('INVALID_FACTOR')
    const third = await begin()
    expect(await guess(third)).toBe('RATE_LIMITED')
    const right = { token: third.secondFactor.token, code: codeAt(secret) }
    expect(codesOf(await verify(third.client, right))).toEqual(['RATE_LIMITED'])
    await forget()
  })

  test('a hundred guesses in one request are refused', async () => {
    const { begin, secret } = await enrolled()
    const { client, secondFactor } = await begin()
    const guesses = (count: number) =>
      Array.from(
        { length: count },
        (_, i) =>
          `g${i}: verifySecondFactor(input: { token: "${secondFactor.token}", code: "${wrongCode(secret)}" }) { errors { code } }`,
      ).join(' ')
    const { data, errors } = await client.send(`mutation { ${guesses(100)} }`)
    expect(data).toBeNull()
    expect(errors[0]!.extensions.code).toBe('INVALID_REQUEST')
    const { data: fewer } = await client.send(`mutation { ${guesses(8)} }`)
    expect(Object.values(fewer as Record<string, Json>).flatMap(codesOf)).toEqual([
      ...Array<string>(5).fill('INVALID_FACTOR'),
      ...Array<string>(3).fill('STEP_ENDED'),
    ])
  })

  test('a change of password, or a suspension, ends it', async () => {
    const { begin, secret, administrator } = await enrolled()
    const { client, secondFactor } = await begin()
    const change = { id: administrator.id, version: 1, password: 'another long password' }
    await application.admin.must('updateAdministrator', change)
    expect(codesOf(await verify(client, { token: secondFactor.token, code: codeAt(secret) }))).toEqual(['STEP_ENDED'])
  })

  test('a recovery code is used once, however it is typed', async () => {
    const { begin, recoveryCodes } = await enrolled()
    expect(recoveryCodes).toHaveLength(10)
    const { client, secondFactor } = await begin()
    const recoveryCode = recoveryCodes[3]!.toUpperCase().replaceAll('-', ' ')
    expect(codesOf(await verify(client, { token: secondFactor.token, recoveryCode }))).toEqual([])
    expect((await viewer(client)).twoFactor.recoveryCodesLeft).toBe(9)
    const again = await begin()
    expect(codesOf(await verify(again.client, { token: again.secondFactor.token, recoveryCode }))).toEqual([
      'INVALID_FACTOR',
    ])
  })

  test('nothing of it is in a dump of the database', async () => {
    const { begin, secret, recoveryCodes } = await enrolled()
    const { secondFactor } = await begin()
    const dump = (
      await Promise.all(
        ['totp_credential', 'recovery_code', 'sign_in_step', 'session', 'data_key'].map((table) =>
          application.database.query<{ row: string }>(
            `SELECT row::text || coalesce((SELECT string_agg(encode(decode(substr(value, 3), 'hex'), 'escape'), ' ')
               FROM jsonb_each_text(to_jsonb(row)) WHERE value ~ '^\\\\x([0-9a-f]{2})+$'), '') AS row FROM ${table} AS row`,
          ),
        ),
      )
    )
      .flat()
      .map(({ row }) => row)
      .join('\n')
    const raw = Buffer.from(Secret.fromBase32(secret).buffer).toString('hex')
    for (const text of [
      secret,
      raw,
      secondFactor.token,
      ...recoveryCodes,
      ...recoveryCodes.map((c) => c.replaceAll('-', '')),
    ])
      expect(dump).not.toContain(text)
  })
})

describe('changes of factors', () => {
  test('take a recent proof, by the second factor where there is one', async () => {
    const { client, administrator, secret, credentials } = await enrolled()
    await application.database.query(
      `UPDATE session SET confirmed_at = now() - interval '11 minutes' WHERE administrator_id = $1`,
      [administrator.id],
    )
    for (const name of ['removeTotp', 'beginTotp', 'renewRecoveryCodes', 'endOtherSessions'])
      expect(codesOf(await call(client, name)), name).toEqual(['CONFIRMATION_REQUIRED'])
    const { step } = await call(client, 'beginConfirmation', 'step { token methods }')
    expect(step.methods).toEqual(['TOTP', 'RECOVERY_CODE'])
    const confirm = (proof: object) => client.mutate('confirmIdentity', { token: step.token, ...proof }, '')
    expect(codesOf(await confirm({ password: credentials.password }))).toEqual(['INVALID_FACTOR'])
    expect(codesOf(await confirm({ code: codeAt(secret) }))).toEqual([])
    expect(codesOf(await call(client, 'removeTotp'))).toEqual([])
    expect((await viewer(client)).twoFactor).toEqual({ totp: false, recoveryCodesLeft: 0, required: false })
  })

  test('a step of one session is none of another', async () => {
    const one = await enrolled()
    const other = await enrolled()
    const { step } = await call(one.client, 'beginConfirmation', 'step { token }')
    const proof = { token: step.token, code: codeAt(one.secret) }
    expect(codesOf(await other.client.mutate('confirmIdentity', proof, ''))).toEqual(['STEP_ENDED'])
  })

  test('by a token are refused', async () => {
    const { client } = await enrolled()
    const { secret } = await client.mutate('createApiToken', { name: 'script' }, 'secret')
    const script = new ApiClient(application.url)
    script.token = secret
    expect(codesOf(await call(script, 'removeTotp'))).toEqual(['FORBIDDEN'])
  })

  test('the first factor ends the sessions that began without one', async () => {
    const made = await addAdministrator(application, application.rootId, 'SUPPORT', `factors-${++people}`)
    const elsewhere = new ApiClient(application.url)
    await elsewhere.signIn(made.credentials)
    const { secret } = await call(made.client, 'beginTotp', 'secret')
    expect(codesOf(await made.client.mutate('confirmTotp', { code: wrongCode(secret) }, ''))).toEqual([
      'INVALID_FACTOR',
    ])
    expect(await viewer(elsewhere)).not.toBeNull()
    expect(codesOf(await made.client.mutate('confirmTotp', { code: codeAt(secret) }, ''))).toEqual([])
    expect(await viewer(elsewhere)).toBeNull()
    expect(await viewer(made.client)).not.toBeNull()
  })

  test('are taken away by who may change the administrator', async () => {
    const { client, administrator, credentials } = await enrolled(branch.customer.tenant.id)
    const input = { administratorId: administrator.id }
    expect(await branch.customer.support.refusal('resetTwoFactor', input)).toEqual(['FORBIDDEN'])
    expect(await branch.customer.admin.refusal('resetTwoFactor', input)).toEqual([])
    expect(await viewer(client)).toBeNull()
    await client.signIn(credentials)
    expect((await viewer(client)).twoFactor.totp).toBe(false)
  })
})

describe('a tenant that demands a second factor', () => {
  test('lets those below do nothing before they have one, nor remove the last', async () => {
    const other = await makeBranch(application, 'demanding')
    const client = other.customer.admin
    const { secret: token } = await client.mutate('createApiToken', { name: 'script' }, 'secret')
    const script = new ApiClient(application.url)
    script.token = token
    const { id } = other.tenant
    await application.admin.must('updateTenant', { id, version: 1, requireTwoFactor: true })
    expect((await viewer(client)).mustEnrol).toBe(true)
    for (const caller of [client, script]) {
      const { errors } = await caller.send(`{ domains { nodes { id } } }`)
      expect(errors[0]!.extensions.code).toBe('TWO_FACTOR_REQUIRED')
    }
    // The demand is of the tenant above, and so is not loosened below.
    const { secret } = await call(client, 'beginTotp', 'secret')
    expect(codesOf(await client.mutate('confirmTotp', { code: codeAt(secret) }, ''))).toEqual([])
    expect((await viewer(client)).mustEnrol).toBe(false)
    const own = { id: other.customer.tenant.id, version: 1, requireTwoFactor: false }
    expect(await other.customer.admin.refusal('updateTenant', own)).toEqual(['FORBIDDEN'])
    expect(codesOf(await call(client, 'removeTotp'))).toEqual(['TWO_FACTOR_REQUIRED'])
    expect((await script.query(`{ domains { nodes { name } } }`)).domains.nodes).toHaveLength(1)
  })
})

describe('sessions', () => {
  test('are listed and ended, others by rule', async () => {
    const list = async (client: ApiClient, administratorId?: string) =>
      (
        await client.query(
          `query ($f: SessionFilter) { sessions(filter: $f) { nodes { id isCurrent ipAddress administrator { email } } } }`,
          { f: { administratorId } },
        )
      ).sessions.nodes
    const { client, administrator, credentials } = await addAdministrator(
      application,
      branch.customer.tenant.id,
      'SUPPORT',
      `factors-${++people}`,
    )
    const elsewhere = new ApiClient(application.url)
    await elsewhere.signIn(credentials)
    const own = await list(client)
    expect(own.map((session: Json) => [session.isCurrent, session.ipAddress])).toEqual([
      [false, '127.0.0.1'],
      [true, '127.0.0.1'],
    ])
    expect(await list(branch.customer.support, administrator.id)).toEqual([])
    expect(await list(branch.customer.admin, administrator.id)).toHaveLength(2)
    const ended = await branch.customer.admin.query(
      `mutation ($id: ID!) { endSession(id: $id) { deletedId errors { code } } }`,
      { id: own[0].id },
    )
    expect(ended.endSession).toEqual({ deletedId: own[0].id, errors: [] })
    expect(await viewer(elsewhere)).toBeNull()
    expect(await viewer(client)).not.toBeNull()
  })
})
