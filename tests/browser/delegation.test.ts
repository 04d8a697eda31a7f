/** The pages of delegation: what holds where, and who changed it. Two themes, a phone, another language, and axe on each. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings } from './axe.js'
import { hasChromium, launchChromium } from './chromium.js'
import { startConsole, type ConsoleServer } from './console-server.js'

describe.skipIf(!hasChromium)('the pages of delegation', () => {
  let server: ConsoleServer
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  const open = async (path: string) => {
    await page.goto(server.url + path)
    await page.locator('h1').first().waitFor()
  }
  const dialog = () => page.getByRole('dialog')
  const row = (kind: string) => page.locator(`[data-policy="${kind}"]`)

  /** Light and dark, wide and on a phone: without findings, and nothing wider than the screen. */
  async function looksRight(name: string): Promise<void> {
    for (const theme of ['light', 'dark'] as const) {
      await page.evaluate((value) => (document.documentElement.dataset.theme = value), theme)
      for (const [width, height] of [
        [1440, 900],
        [390, 844],
      ] as const) {
        await page.setViewportSize({ width, height })
        expect(await axeFindings(page), `${name}, ${theme}, ${width}`).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
          `${name}, ${width}`,
        ).toBe(true)
        if (process.env.MAILFLEET_PICTURES)
          await page.screenshot({ path: `${process.env.MAILFLEET_PICTURES}/${name}-${theme}-${width}.png` })
      }
    }
    await page.evaluate(() => delete document.documentElement.dataset.theme)
    await page.setViewportSize({ width: 1440, height: 900 })
  }

  beforeAll(async () => {
    server = await startConsole()
    browser = await launchChromium()
    page = await (await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })).newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    await page.goto(server.url)
    await page.getByLabel('E-mail address').fill(server.administrator.email)
    await page.getByLabel('Password', { exact: true }).fill(server.administrator.password)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
    await page.waitForURL(`${server.url}/`)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  test('a policy is set, locked, looked at before it is saved, and given back', async () => {
    await open('/policies')
    await row('MESSAGES_PER_DAY').getByText('Unlimited').waitFor()
    await row('MESSAGES_PER_DAY').getByText('Built-in value').waitFor()
    await row('MESSAGES_PER_DAY').getByRole('button').click()
    await dialog().getByLabel('Said here').selectOption('set')
    await dialog().getByLabel('Value').fill('many')
    await dialog().getByRole('button', { name: 'Save changes' }).click()
    await dialog().getByText('This is no value for this policy.').waitFor()
    await dialog().getByLabel('Value').fill('500')
    await dialog().getByLabel('For everything below').selectOption('FIXED')
    await dialog().getByText('Changes nothing for any mailbox').waitFor()
    await dialog().getByText('What it reaches: tenants 1').waitFor()
    await looksRight('policy')
    await dialog().getByRole('button', { name: 'Save changes' }).click()
    await row('MESSAGES_PER_DAY').getByText('500', { exact: true }).waitFor()
    await row('MESSAGES_PER_DAY').getByText('Set here').waitFor()
    await row('MESSAGES_PER_DAY').getByText('Locked').waitFor()
    await looksRight('policies')
    await row('MESSAGES_PER_DAY').getByRole('button').click()
    await dialog().getByLabel('Said here').selectOption('inherit')
    await dialog().getByRole('button', { name: 'Save changes' }).click()
    await row('MESSAGES_PER_DAY').getByText('Built-in value').waitFor()
  })

  test('the audit trail tells who did that, with the values, and that it is as it was written', async () => {
    await open('/audit')
    await page.getByRole('button', { name: 'Verify the chain' }).click()
    await page.getByText('The trail is as it was written').waitFor()
    await looksRight('audit')
    await page.getByLabel('Search by the name of the object').fill('no such thing')
    await page.getByText('Nothing matches').waitFor()
    await page.getByRole('button', { name: 'Clear filters' }).click()
    await page.getByLabel('Change', { exact: true }).selectOption('CREATED')
    await page.waitForURL(/change=CREATED/)
    await page.getByRole('row').filter({ hasText: 'Changed' }).waitFor({ state: 'detached' })
    const entry = page.getByRole('row').filter({ hasText: 'setPolicies' })
    await entry.getByRole('button').click()
    await dialog().getByText(server.administrator.email).waitFor()
    await looksRight('audit-entry')
    await dialog().getByRole('link', { name: 'All of this operation' }).click()
    await page.waitForURL(/\/audit\?operation=/)
    await page.getByText('All of this operation').waitFor()
  })

  test('a tenant is allotted something, and sees what is used of it', async () => {
    await open('/tenants')
    await page.getByRole('button', { name: 'New tenant' }).first().click()
    await dialog().getByLabel('Name', { exact: true }).fill('Nordwind')
    await dialog().getByRole('button', { name: 'Create' }).click()
    await page.getByRole('table').getByRole('link', { name: 'Nordwind' }).click()
    await page.getByRole('heading', { name: 'Nordwind', level: 1 }).waitFor()
    await page.getByRole('button', { name: 'Allot' }).click()
    await dialog().getByLabel('Domains').fill('x')
    await dialog().getByRole('button', { name: 'Save changes' }).click()
    await dialog().getByText('Enter a whole number, or nothing.').waitFor()
    await dialog().getByLabel('Domains').fill('10')
    await dialog().getByLabel('Storage').fill('50')
    await looksRight('budget-edit')
    await dialog().getByRole('button', { name: 'Save changes' }).click()
    await page.locator('[data-budget="DOMAINS"]').getByText('of 10').waitFor()
    await page.locator('[data-budget="STORAGE"]').getByText('of 50 GiB').waitFor()
    await looksRight('budget')
  })

  test('nothing was complained about', () => expect(complaints).toEqual([]))
})
