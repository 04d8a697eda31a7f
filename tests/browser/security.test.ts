/**
 * Second factors as a person sets them up and uses them, with an authenticator of Chromium's own. The tests build on each other.
 * Reached as localhost: a passkey belongs to a name, never to an address (WebAuthn Level 3, section 5.1.2).
 */
import { readFile } from 'node:fs/promises'
import { Secret, TOTP } from 'otpauth'
import type { Browser, CDPSession, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Api } from '../support/api.js'
import { axeFindings } from './axe.js'
import { hasChromium, launchChromium } from './chromium.js'
import { startConsole, type ConsoleServer } from './console-server.js'

describe.skipIf(!hasChromium)('second factors in the console', () => {
  let server: ConsoleServer
  let url: string
  let browser: Browser
  let page: Page
  let debug: CDPSession
  let app: TOTP
  let codes: string[]
  /** Each code is taken once: the n-th use takes a code of the step beside. */
  let steps = -1
  const nextCode = () => app.generate({ timestamp: Date.now() + steps++ * 30_000 })
  const complaints: string[] = []

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  const dialog = () => page.getByRole('dialog')
  const submit = (name: string) => dialog().last().getByRole('button', { name, exact: true }).click()
  const card = (name: string) => page.getByRole('region', { name })
  const findings = async (where: string) => (await axeFindings(page)).map((finding) => `${where} ${finding}`)

  async function enterPassword(): Promise<void> {
    await page.goto(`${url}/sign-in`)
    await page.getByLabel('E-mail address').fill(server.administrator.email)
    await page.getByLabel('Password', { exact: true }).fill(server.administrator.password)
    await button('Sign in').click()
  }
  async function signOut(): Promise<void> {
    await button(/Linh Nguyễn/).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
  }
  async function openSecurity(): Promise<void> {
    await page.goto(`${url}/security`)
    await page.getByRole('heading', { name: 'Authenticator app' }).waitFor()
  }
  /** What ten minutes do. */
  const forgetProof = () => server.query(`UPDATE session SET confirmed_at = now() - interval '11 minutes'`)

  beforeAll(async () => {
    server = await startConsole()
    url = server.url.replace('127.0.0.1', 'localhost')
    browser = await launchChromium()
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    debug = await context.newCDPSession(page)
    await debug.send('WebAuthn.enable')
    await debug.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || !process.env.MAILFLEET_FAILURE_PICTURES) return
    const name = task.name.replace(/\W+/g, '-')
    await page.screenshot({ path: `${process.env.MAILFLEET_FAILURE_PICTURES}/${name}.png` })
  })

  test('where one is demanded, its set-up is all there is', async () => {
    const api = new Api(server.url)
    await api.signIn(server.administrator)
    const { viewer } = await api.run<{ viewer: { administrator: { tenant: { id: string; version: number } } } }>(
      '{ viewer { administrator { tenant { id version } } } }',
    )
    const { id, version } = viewer.administrator.tenant
    await api.run('mutation ($input: UpdateTenantInput!) { updateTenant(input: $input) { errors { code } } }', {
      input: { id, version, requireTwoFactor: true },
    })
    await enterPassword()
    await page.waitForURL(/\/security/)
    await page.getByText('Set up a second factor to go on').waitFor()
    expect(await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link').count()).toBe(0)
    expect(await findings('enrolment')).toEqual([])
    await page.goto(`${url}/domains`)
    await page.waitForURL(/\/security\?next=\/domains/)
  })

  test('sets up an authenticator app, shows recovery codes once, and goes on', async () => {
    await card('Authenticator app').getByRole('button', { name: 'Set up', exact: true }).click()
    await dialog()
      .getByRole('img', { name: /QR code/ })
      .waitFor()
    expect(await findings('set-up')).toEqual([])
    const secret = (await dialog().locator('[data-secret]').textContent())!
    app = new TOTP({ secret: Secret.fromBase32(secret) })
    await dialog().getByLabel('Six-digit code').fill('12')
    await submit('Confirm')
    await dialog().getByText('Enter the six digits that the app shows.').waitFor()
    await dialog().getByLabel('Six-digit code').fill(nextCode())
    await submit('Confirm')
    await dialog().getByText('Keep your recovery codes').waitFor()
    expect(await findings('recovery codes')).toEqual([])
    codes = (await dialog().locator('[data-secret]').textContent())!.split('\n')
    expect(codes).toHaveLength(10)
    const saving = page.waitForEvent('download')
    await submit('Download as a file')
    expect(await readFile(await (await saving).path(), 'utf8')).toContain(codes.join('\n'))
    await submit('Done')
    await page.waitForURL(`${url}/domains`)
    expect(await page.content()).not.toContain(codes[0])
  })

  test('signs in with a code of the app', async () => {
    await signOut()
    await enterPassword()
    await page.getByLabel('Code of your authenticator app').fill(nextCode())
    await button('Continue').click()
    await page.waitForURL(`${url}/`)
  })

  test('asks who sits there when the proof is old, and then does what was asked for', async () => {
    await forgetProof()
    await openSecurity()
    await button('Add a passkey').click()
    await dialog().getByLabel('Name').fill('Laptop')
    await submit('Continue')
    await dialog().getByText('Confirm that it is you').waitFor()
    expect(await findings('step-up')).toEqual([])
    await page.keyboard.press('Escape')
    await dialog().getByText('Confirm that it is you').waitFor({ state: 'detached' })
    await submit('Continue')
    await dialog().last().getByLabel('Code of your authenticator app').fill(codes[0]!)
    await page.keyboard.press('Enter')
    await card('Passkeys').getByText('Laptop', { exact: true }).waitFor()
    await card('Recovery codes').getByText('9 left').waitFor()
  })

  test('renames a passkey', async () => {
    await button('Rename Laptop').click()
    await dialog().getByLabel('Name').fill('Work laptop')
    await submit('Save changes')
    await card('Passkeys').getByText('Work laptop', { exact: true }).waitFor()
  })

  test('signs in with the passkey alone, and the list says so', async () => {
    await signOut()
    await button('Sign in with a passkey').click()
    await page.waitForURL(`${url}/`)
    await openSecurity()
    await card('Sessions')
      .getByText(/ · Passkey/)
      .waitFor()
    await card('Sessions').getByText('This browser').waitFor()
  })

  test('takes a passkey in the place of a code, and a recovery code once', async () => {
    await signOut()
    await enterPassword()
    // The page before has a button of that name too.
    await page.getByLabel('Code of your authenticator app').waitFor()
    await button('Sign in with a passkey').click()
    await page.waitForURL(`${url}/`)
    await signOut()
    await enterPassword()
    const field = page.getByLabel('Code of your authenticator app')
    await field.fill(codes[0]!)
    await button('Continue').click()
    await page.getByText('The code or the passkey is not right.').waitFor()
    await field.fill(codes[1]!)
    await button('Continue').click()
    await page.waitForURL(`${url}/`)
    await openSecurity()
    await card('Sessions')
      .getByText(/Password \+ recovery code/)
      .waitFor()
  })

  test('signs out another browser, and all of them', async () => {
    const other = await browser.newContext({ locale: 'en-GB' })
    const elsewhere = await other.newPage()
    const enter = async (code: string) => {
      await elsewhere.goto(`${url}/sign-in`)
      await elsewhere.getByLabel('E-mail address').fill(server.administrator.email)
      await elsewhere.getByLabel('Password', { exact: true }).fill(server.administrator.password)
      await elsewhere.getByRole('button', { name: 'Sign in', exact: true }).click()
      await elsewhere.getByLabel('Code of your authenticator app').fill(code)
      await elsewhere.getByRole('button', { name: 'Continue' }).click()
      await elsewhere.waitForURL(`${url}/`)
    }
    const isSignedOut = async () => {
      await elsewhere.goto(`${url}/domains`)
      await elsewhere.waitForURL(/\/sign-in/)
    }
    await enter(codes[2]!)
    await openSecurity()
    await button(/^Sign out Chrome/)
      .first()
      .click()
    await page.getByText('The session has ended').first().waitFor()
    await isSignedOut()
    await enter(codes[3]!)
    await openSecurity()
    await button('Sign out all others').click()
    await submit('Sign out all others')
    await page.getByText('All other sessions have ended').first().waitFor()
    await isSignedOut()
    await other.close()
  })

  test('removes the app, but not the last factor where one is demanded', async () => {
    await button('Remove the app').click()
    await submit('Remove')
    await card('Authenticator app').getByText('Not set up').waitFor()
    await button('Remove Work laptop').click()
    await submit('Remove')
    await dialog().getByText('Set up a second factor first.').waitFor()
    await submit('Cancel')
    await card('Passkeys').getByText('Work laptop', { exact: true }).waitFor()
  })

  test('has no accessibility findings, in either theme and on a phone', async () => {
    const found: string[] = []
    await openSecurity()
    await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
    found.push(...(await findings('light')))
    await page.emulateMedia({ colorScheme: 'dark' })
    found.push(...(await findings('dark')))
    await page.setViewportSize({ width: 390, height: 844 })
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    if (overflow > 0) found.push(`${overflow} pixels too wide for a phone`)
    expect(found).toEqual([])
  })

  test('never broke a content security policy and never threw', () => expect(complaints).toEqual([]))
})
