/**
 * Lists of 10,000 domains as whoever runs them uses them: scrolled, walked through by keyboard, narrowed by typing, changed in
 * bulk and back, and true while others change them. The real product; the tests build on each other.
 */
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { Api } from '../support/api.js'
import { axeFindings } from './axe.js'
import { hasChromium, launchChromium } from './chromium.js'
import { startConsole, type ConsoleServer } from './console-server.js'

const count = 10_000

describe.skipIf(!hasChromium)('lists of the console', { timeout: 90_000 }, () => {
  let server: ConsoleServer
  let browser: Browser
  let page: Page
  let api: Api
  let tenantId: string
  const complaints: string[] = []

  const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' })
  const dialog = () => page.getByRole('dialog')
  const rowOf = (name: string) => page.getByRole('row').filter({ hasText: name })
  const bar = () => page.getByRole('region', { name: 'What to do with the selected rows' })
  async function open(path: string): Promise<void> {
    await page.goto(server.url + path)
    await page.locator('h1').first().waitFor()
  }
  const focused = () => page.locator(':focus').first().innerText()

  beforeAll(async () => {
    server = await startConsole()
    api = new Api(server.url)
    await api.signIn(server.administrator)
    const { viewer } = await api.run<{ viewer: { administrator: { tenant: { id: string } } } }>(
      '{ viewer { administrator { tenant { id } } } }',
    )
    const node = await api.create('MailNode', { name: 'fra-1', hostName: 'mx1.mailfleet.example' })
    const parentId = viewer.administrator.tenant.id
    tenantId = (await api.create('Tenant', { parentId, name: 'Nordwind', kind: 'CUSTOMER' })).id
    await server.query(
      `INSERT INTO domain (id, tenant_id, name, display_name, mail_node_id, proof, proven_at)
       SELECT gen_random_uuid(), '${tenantId}', name, name, '${node.id}', 'WAIVED', now()
       FROM generate_series(1, ${count}) AS number, LATERAL (SELECT 'shop-' || lpad(number::text, 5, '0') || '.example' AS name) AS named`,
    )
    browser = await launchChromium()
    const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
    page.on('console', (message) => {
      if (message.type() === 'error' && !/ERR_INTERNET_DISCONNECTED/.test(message.text()))
        complaints.push(message.text())
    })
    await page.goto(`${server.url}/sign-in?next=/domains`)
    await page.getByLabel('E-mail address').fill(server.administrator.email)
    await page.getByLabel('Password', { exact: true }).fill(server.administrator.password)
    await page.keyboard.press('Enter')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail' || !process.env.MAILFLEET_FAILURE_PICTURES) return
    await page.screenshot({ path: `${process.env.MAILFLEET_FAILURE_PICTURES}/${task.name.replace(/\W+/g, '-')}.png` })
  })

  test('are read while one scrolls, and draw what is in sight', async () => {
    await page.getByText('100 of 10,000 loaded').waitFor()
    for (const loaded of ['200', '300'] as const) {
      await page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight))
      await page.getByText(`${loaded} of 10,000 loaded`).waitFor()
    }
    expect(await page.locator('tbody tr[data-index]').count()).toBeLessThan(100)
    // Back where one was, and nothing is read anew for that.
    await page.evaluate(() => window.scrollTo(0, 9_000))
    const link = page.getByRole('link', { name: 'shop-00200.example' })
    await link.click()
    await page.getByRole('heading', { name: 'shop-00200.example' }).waitFor()
    await page.goBack()
    await link.waitFor()
    expect(await page.evaluate(() => window.scrollY)).toBeGreaterThan(8_000)
  })

  test('are walked through and opened by keyboard alone', async () => {
    await open('/domains')
    await page.getByText('shop-00001.example').waitFor()
    await page.getByRole('searchbox').focus()
    await expect
      .poll(async () => {
        await page.keyboard.press('Tab')
        return focused()
      })
      .toMatch(/shop-00001/)
    for (const [key, reached] of [
      ['ArrowDown', 'shop-00002'],
      ['PageDown', 'shop-00017'],
      ['End', 'shop-00100'],
      ['Home', 'shop-00001'],
    ] as const) {
      await page.keyboard.press(key)
      await expect.poll(focused).toMatch(new RegExp(reached))
    }
    await page.keyboard.press(' ')
    await page.keyboard.press('Shift+ArrowDown')
    await page.keyboard.press('Shift+ArrowDown')
    await bar().getByText('3 selected').waitFor()
    await page.keyboard.press('Escape')
    await bar().waitFor({ state: 'detached' })
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'shop-00003.example' }).waitFor()
  })

  test('take typed filters, keep columns and views, and have no accessibility findings', async () => {
    await open('/domains')
    await page.getByRole('searchbox').fill('state:waiting-for-dns shop-0004')
    await page.waitForURL(/q=shop-0004/)
    expect(new URL(page.url()).searchParams.get('state')).toBe('PENDING_DNS')
    expect(await page.getByRole('searchbox').inputValue()).toBe('shop-0004')
    await page.getByText('10 of 10', { exact: true }).waitFor()
    await button('Columns').click()
    await page.getByRole('menuitemcheckbox', { name: 'Catch-all' }).click()
    await page.getByRole('menuitemcheckbox', { name: 'Aliases' }).click()
    await page.keyboard.press('Escape')
    await button('Views').click()
    await page.getByRole('menuitem', { name: 'Save this view' }).click()
    await dialog().getByLabel('Name').fill('Forties')
    await dialog().getByRole('button', { name: 'Save this view' }).click()
    await open('/domains')
    await page.getByRole('columnheader', { name: 'Catch-all' }).waitFor()
    expect(await page.getByRole('columnheader', { name: 'Aliases' }).count()).toBe(0)
    await button('Views').click()
    await page.getByRole('menuitem', { name: 'Forties', exact: true }).click()
    await page.getByText('10 of 10', { exact: true }).waitFor()
    await page.getByRole('checkbox', { name: 'Select all rows shown' }).click()
    await bar().waitFor()
    expect(await axeFindings(page)).toEqual([])
  })

  test('are changed in bulk: tried, done, and undone', async () => {
    await bar().getByRole('button', { name: 'Suspend' }).click()
    await dialog().getByText('10 would change. Nothing is changed yet.').waitFor()
    expect(await rowOf('shop-00041').getByText('Suspended').count()).toBe(0)
    await dialog().getByRole('button', { name: 'Change 10' }).click()
    await dialog().getByText('10 changed.').waitFor()
    await page.keyboard.press('Escape')
    // The filter does not select them any more.
    await open('/domains?q=shop-0004')
    await rowOf('shop-00041').getByText('Suspended').waitFor()
    await page.getByRole('checkbox', { name: 'Select shop-00041.example' }).click()
    await page.getByRole('checkbox', { name: 'Select shop-00043.example' }).click({ modifiers: ['Shift'] })
    await bar().getByRole('button', { name: 'Resume' }).click()
    await dialog().getByRole('button', { name: 'Change 3' }).click()
    await dialog().getByText('3 changed.').waitFor()
    await dialog().getByRole('button', { name: 'Undo' }).click()
    await dialog().getByText('They are as they were before.').waitFor()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await rowOf('shop-00042').getByText('Suspended').waitFor()
  })

  test('show what others do meanwhile, and say when they cannot', async () => {
    await open('/domains?q=live')
    await page.getByText('Nothing matches').waitFor()
    const made = await api.create('Domain', { tenantId, name: 'live.example' })
    await page.getByRole('link', { name: 'live.example' }).waitFor()
    await api.run('mutation ($input: VersionedInput!) { suspendDomain(input: $input) { errors { code } } }', {
      input: { id: made.id, version: 1 },
    })
    await rowOf('live.example').getByText('Suspended').waitFor()
    await page.context().setOffline(true)
    await page.getByText('You are offline.').waitFor()
    await page.context().setOffline(false)
    await page.getByText('You are offline.').waitFor({ state: 'detached' })
  })

  test('nothing was complained about', () => expect(complaints).toEqual([]))
})
