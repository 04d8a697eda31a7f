/**
 * The console as a person uses it: the real control plane on a fresh database, a real browser, nothing in between. The tests
 * build on each other, as a first day with the product does.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Api } from '../support/api.js'
import { axeFindings } from './axe.js'
import { hasChromium, launchChromium } from './chromium.js'
import { startConsole, type ConsoleServer } from './console-server.js'

const hostile = '<img src=x onerror="document.title=1"> & Sons'

describe.skipIf(!hasChromium)('the console', () => {
  let server: ConsoleServer
  let browser: Browser
  let page: Page
  let api: Api
  const complaints: string[] = []

  const open = async (path: string) => {
    await page.goto(server.url + path)
    await page.locator('h1').first().waitFor()
  }
  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  const dialog = () => page.getByRole('dialog')
  const inDialog = (label: string) => dialog().getByLabel(label, { exact: true })
  const submit = (name: string) => dialog().getByRole('button', { name, exact: true }).click()
  async function pick(label: string, search: string): Promise<void> {
    await inDialog(label).click()
    await inDialog(label).fill(search)
    await page.getByRole('option', { name: search }).click()
  }
  async function signIn(email: string, password: string): Promise<void> {
    await page.getByLabel('E-mail address').fill(email)
    await page.getByLabel('Password', { exact: true }).fill(password)
    await button('Sign in').click()
  }

  beforeAll(async () => {
    server = await startConsole()
    browser = await launchChromium()
    const context = await browser.newContext({
      locale: 'en-GB',
      timezoneId: 'Asia/Ho_Chi_Minh',
      viewport: { width: 1440, height: 900 },
    })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error' && !/net::ERR_FAILED/.test(message.text())) complaints.push(message.text())
    })
    api = new Api(server.url)
    await api.signIn(server.administrator)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  // What the browser showed when a test failed, for whoever has to find out.
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || !process.env.MAILFLEET_FAILURE_PICTURES) return
    const name = task.name.replace(/\W+/g, '-')
    await page.screenshot({ path: `${process.env.MAILFLEET_FAILURE_PICTURES}/${name}.png` })
  })

  test('asks to sign in, and says in words what is wrong', async () => {
    await page.goto(`${server.url}/domains?q=x`)
    await page.waitForURL(/\/sign-in\?next=/)
    await button('Sign in').click()
    expect(await page.getByText('Fill this in.').count()).toBe(2)
    await signIn(server.administrator.email, 'not the password')
    await page.getByText('The e-mail address or the password is wrong.').waitFor()
    await page.getByLabel('Password', { exact: true }).fill(server.administrator.password)
    await button('Sign in').click()
    await page.waitForURL(`${server.url}/domains?q=x`)
  })

  test('offers the next step where there is nothing yet', async () => {
    await open('/')
    await page.getByText('Create a customer').waitFor()
    await page.getByText('No mail node yet').waitFor()
    for (const [path, text] of [
      ['/domains', 'No domains yet'],
      ['/mailboxes', 'No mailboxes yet'],
      ['/aliases', 'No aliases yet'],
      ['/nodes', 'No mail nodes yet'],
      ['/log', 'No mail events yet'],
      ['/account', 'No API tokens'],
    ] as const) {
      await open(path)
      await page.getByText(text).waitFor()
    }
  })

  test('adds a node and shows its join token once', async () => {
    await open('/nodes')
    await button('Add node').first().click()
    await inDialog('Name').fill('fra-1')
    await inDialog('Host name').fill('mx1')
    await submit('Add node')
    await dialog().getByText('Enter a full host name').waitFor()
    await inDialog('Host name').fill('mx1.mailfleet.example')
    await submit('Add node')
    const command = dialog().locator('[data-secret]').first()
    await command.waitFor()
    expect(await command.textContent()).toContain(`MAILFLEET_CONTROL_PLANE_URL=${server.url}`)
    await submit('Done')
    await page.getByRole('table').getByText('Never connected').waitFor()
  })

  test('makes a customer, whatever its name', async () => {
    await open('/tenants')
    await button('New tenant').first().click()
    await inDialog('Name').fill(hostile)
    await submit('Create')
    await page.getByRole('table').getByText(hostile).waitFor()
    await button('New tenant').first().click()
    await dialog().getByLabel('Kind').selectOption('RESELLER')
    await inDialog('Name').fill('Nordwind Hosting')
    await submit('Create')
    await page.getByRole('table').getByRole('link', { name: 'Nordwind Hosting' }).click()
    await page.getByText('No tenants below Nordwind Hosting yet').waitFor()
    await button('New tenant').first().click()
    await inDialog('Name').fill('Bäckerei Müller')
    await submit('Create')
    await page.getByRole('navigation', { name: 'Tenant tree' }).getByText('Bäckerei Müller').waitFor()
  })

  test('adds an international domain and shows what to publish', async () => {
    await open('/domains')
    await button('Add domain').first().click()
    await inDialog('Domain name').fill('Bäckerei-Müller.example')
    await pick('Tenant', 'Bäckerei Müller')
    await submit('Add domain')
    await page.getByRole('heading', { name: 'bäckerei-müller.example' }).waitFor()
    await page.getByText('Publish these records').waitFor()
    const records = page.getByRole('region', { name: 'Publish these records' })
    await records.getByText('Receive mail', { exact: true }).waitFor()
    expect(await records.getByText(/^xn--.*\.example$/).count()).toBeGreaterThan(0)
    await records
      .getByText(/mx1\.mailfleet\.example/)
      .first()
      .waitFor()
  })

  test('makes a mailbox with a generated password, shown once', async () => {
    await page.getByRole('link', { name: 'New mailbox' }).click()
    await inDialog('Address').fill('Anna')
    await inDialog('Owner').fill('Anna Müller')
    const password = await inDialog('Password').inputValue()
    expect(password.length).toBeGreaterThan(19)
    await submit('New mailbox')
    const shown = dialog().locator('[data-secret]')
    await shown.first().waitFor()
    expect(await shown.allTextContents()).toEqual([expect.stringMatching(/^anna@xn--/), password])
    await submit('Done')
    await page.getByRole('link', { name: /^anna@bäckerei-müller\.example/ }).waitFor()
    expect(await page.content()).not.toContain(password)
  })

  test('makes an alias, and names the field that is wrong', async () => {
    await open('/aliases')
    await button('New alias').first().click()
    await pick('Domain', 'bäckerei-müller.example')
    await inDialog('Alias').fill('anna')
    await inDialog('Delivers to').fill('anna')
    await submit('New alias')
    await dialog().getByText('Not valid: anna').waitFor()
    await inDialog('Delivers to').fill('anna@bäckerei-müller.example')
    await submit('New alias')
    await dialog().getByText('The address would lead back to itself.').waitFor()
    await inDialog('Delivers to').fill('team@elsewhere.example')
    await submit('New alias')
    await dialog().getByText('This name is already taken.').waitFor()
    await inDialog('Alias').fill('info')
    await submit('New alias')
    await page.getByText('info@bäckerei-müller.example', { exact: true }).waitFor()
  })

  test('sets up forwarding, and takes it away', async () => {
    await open('/mailboxes')
    await page.getByRole('link', { name: /^anna@/ }).click()
    await button('Set up forwarding').click()
    await inDialog('Forward to').fill('anna@elsewhere.example')
    await submit('Save changes')
    await page.getByText('anna@elsewhere.example').waitFor()
    await button('Stop forwarding').click()
    await submit('Stop forwarding')
    await page.getByText('Not forwarded').waitFor()
  })

  test('shows a change made meanwhile, and saves on top of it', async () => {
    await open('/mailboxes')
    await page.getByRole('link', { name: /^anna@/ }).click()
    await button('Edit').first().click()
    await inDialog('Owner').fill('A. Müller')
    const { mailboxes } = await api.run<{ mailboxes: { nodes: { id: string; version: number }[] } }>(
      '{ mailboxes(first: 1) { nodes { id version } } }',
    )
    await api.run('mutation ($input: UpdateMailboxInput!) { updateMailbox(input: $input) { errors { code } } }', {
      input: { ...mailboxes.nodes[0], name: 'Changed elsewhere' },
    })
    await submit('Save changes')
    await dialog()
      .getByText(/Somebody else changed this/)
      .waitFor()
    await submit('Load the newest version')
    await expect.poll(() => inDialog('Owner').inputValue()).toBe('Changed elsewhere')
    await inDialog('Owner').fill('A. Müller')
    await submit('Save changes')
    await page.getByText('A. Müller').first().waitFor()
  })

  test('keeps search and filters in the address bar', async () => {
    await open('/mailboxes?q=nobody-has-this')
    await page.getByText('Nothing matches').waitFor()
    await button('Clear filters').click()
    await page.waitForURL(/\/mailboxes$/)
    await page.getByRole('searchbox').fill('ann')
    await page.waitForURL(/q=ann/)
    await page.getByRole('link', { name: /^anna@/ }).waitFor()
  })

  test('deletes only what was typed', async () => {
    await open('/aliases')
    await button(/^Actions for info@/).click()
    await page.getByRole('menuitem', { name: 'Delete' }).click()
    expect(await dialog().getByRole('button', { name: 'Delete' }).isDisabled()).toBe(true)
    await dialog().getByRole('textbox').fill('info@bäckerei-müller.example')
    await submit('Delete')
    await page.getByText('No aliases yet').waitFor()
  })

  test('says so when the server does not answer, and tries again', async () => {
    await open('/domains')
    await page.route('**/graphql', (route) => route.abort())
    await page.getByRole('link', { name: 'Aliases' }).click()
    await page.getByText('The server does not answer.').waitFor()
    await page.unroute('**/graphql')
    await button('Try again').click()
    await page.getByText('No aliases yet').waitFor()
    await page.goto(`${server.url}/domains/01900000-0000-7000-8000-000000000000`)
    await page.getByText('There is nothing here').waitFor()
  })

  test('has no accessibility findings, in either theme and on a phone', async () => {
    const ids = await api.run<Record<'domains' | 'mailboxes' | 'mailNodes', { nodes: { id: string }[] }>>(
      '{ domains(first: 1) { nodes { id } } mailboxes(first: 1) { nodes { id } } mailNodes(first: 1) { nodes { id } } }',
    )
    const domain = `/domains/${ids.domains.nodes[0]!.id}`
    const paths = [
      '/',
      '/tenants',
      '/domains',
      domain,
      `${domain}/mailboxes`,
      `${domain}/aliases`,
      `${domain}/settings`,
      '/mailboxes',
      `/mailboxes/${ids.mailboxes.nodes[0]!.id}`,
      '/mailboxes?new=1',
      '/aliases',
      '/administrators',
      '/nodes',
      `/nodes/${ids.mailNodes.nodes[0]!.id}`,
      '/log',
      '/account',
      '/nowhere',
    ]
    const findings: string[] = []
    for (const path of paths) {
      await page.setViewportSize({ width: 1440, height: 900 })
      await page.emulateMedia({ colorScheme: 'light' })
      await page.goto(server.url + path)
      await page.locator('h1').first().waitFor({ state: 'attached' })
      await page.waitForFunction(() => document.querySelector('[aria-busy="true"]') === null)
      findings.push(...(await axeFindings(page)).map((finding) => `${path} ${finding}`))
      // Only colours differ between the themes.
      await page.emulateMedia({ colorScheme: 'dark' })
      findings.push(...(await axeFindings(page, ['color-contrast'])).map((finding) => `dark ${path} ${finding}`))
      await page.setViewportSize({ width: 390, height: 844 })
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
      if (overflow > 0) findings.push(`phone ${path} is ${overflow} pixels too wide`)
    }
    await page.setViewportSize({ width: 1440, height: 900 })
    expect(findings).toEqual([])
  }, 120_000)

  test('changes language and theme, and remembers both', async () => {
    await open('/account')
    await page.getByLabel('Language', { exact: true }).selectOption('vi')
    await page.getByRole('heading', { name: 'Tài khoản của bạn' }).waitFor()
    await page.getByLabel('Giao diện', { exact: true }).selectOption('dark')
    await page.reload()
    await page.getByRole('heading', { name: 'Tài khoản của bạn' }).waitFor()
    expect(
      await page.evaluate(() => [
        document.documentElement.lang,
        getComputedStyle(document.documentElement).colorScheme,
      ]),
    ).toEqual(['vi', 'dark'])
    await page.getByLabel('Ngôn ngữ', { exact: true }).selectOption('en')
    await page.getByLabel('Appearance', { exact: true }).selectOption('system')
  })

  test('makes and revokes an API token', async () => {
    await open('/account')
    await button('New token').click()
    await inDialog('Name').fill('billing export')
    await submit('Create')
    const secret = (await dialog().locator('[data-secret]').textContent()) ?? ''
    const answer = async () => {
      const response = await fetch(`${server.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
        body: JSON.stringify({ query: '{ viewer { administrator { email } } }' }),
      })
      return ((await response.json()) as { data?: { viewer?: { administrator: { email: string } } | null } }).data
        ?.viewer?.administrator.email
    }
    expect(await answer()).toBe(server.administrator.email)
    await submit('Done')
    await button('Revoke').click()
    await submit('Revoke')
    await page.getByText('No API tokens').waitFor()
    expect(await answer()).toBeUndefined()
  })

  test('shows support staff everything and offers them nothing to change', async () => {
    await open('/administrators')
    await button('New administrator').first().click()
    await inDialog('E-mail address').fill('desk@mailfleet.example')
    await inDialog('Name').fill('Service Desk')
    await dialog().getByLabel('Role').selectOption('SUPPORT')
    const password = await inDialog('Password').inputValue()
    await submit('Create')
    await submit('Done')
    await button(/Linh Nguyễn/).click()
    await page.getByRole('menuitem', { name: 'Sign out' }).click()
    await page.waitForURL(/\/sign-in/)
    await signIn('desk@mailfleet.example', password)
    await page.waitForURL(`${server.url}/`)
    await open('/mailboxes')
    await page.getByRole('link', { name: /^anna@/ }).waitFor()
    expect(await button('New mailbox').count()).toBe(0)
    expect(await button(/^Actions for/).count()).toBe(0)
    expect(await page.getByRole('link', { name: 'Mail nodes' }).count()).toBe(0)
  })

  test('goes back to the sign-in page when the session has ended elsewhere', async () => {
    await page.context().clearCookies()
    await page.getByRole('link', { name: 'Domains' }).click()
    await page.waitForURL(/\/sign-in\?next=/)
  })

  test('never broke a content security policy and never threw', () => {
    expect(complaints).toEqual([])
  })
})
