/** A page of the console with its first administrator signed in, and what every page must hold to. */
import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { axeFindings } from './axe.js'
import { launchChromium } from './chromium.js'
import type { ConsoleServer } from './console-server.js'

const pictures = process.env.MAILFLEET_PICTURES
const screens = [
  ['light', 1440, 900],
  ['dark', 390, 844],
] as const

export interface ConsolePage {
  page: Page
  /** What the browser's console was told, which should be nothing. */
  complaints: string[]
  open(path: string): Promise<void>
  /**
   * Without findings of axe, and nothing wider than the screen: by turns light and wide, or dark and on a phone, since each look takes
   * seconds; both where pictures are taken.
   */
  looksRight(name: string): Promise<void>
  close(): Promise<void>
}

export async function openConsole(server: ConsoleServer): Promise<ConsolePage> {
  const browser: Browser = await launchChromium()
  const context = await browser.newContext({ locale: 'en-GB', viewport: { width: 1440, height: 900 } })
  const page = await context.newPage()
  const complaints: string[] = []
  page.setDefaultTimeout(20_000)
  page.on('pageerror', (error) => complaints.push(error.message))
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
  await page.goto(server.url)
  await page.getByLabel('E-mail address').fill(server.administrator.email)
  await page.getByLabel('Password', { exact: true }).fill(server.administrator.password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL(`${server.url}/`)

  let looks = 0
  return {
    page,
    complaints,
    async open(path) {
      await page.goto(server.url + path)
      await page.locator('h1').first().waitFor()
    },
    async looksRight(name) {
      looks += 1
      for (const [theme, width, height] of pictures ? screens : [screens[looks % 2]!]) {
        await page.evaluate((value) => (document.documentElement.dataset.theme = value), theme)
        await page.setViewportSize({ width, height })
        expect(await axeFindings(page), `${name}, ${theme}, ${width}`).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth),
          `${name}, ${width}`,
        ).toBe(true)
        if (pictures) await page.screenshot({ path: `${pictures}/${name}-${theme}-${width}.png` })
      }
      await page.evaluate(() => delete document.documentElement.dataset.theme)
      await page.setViewportSize({ width: 1440, height: 900 })
    },
    close: () => browser.close(),
  }
}
