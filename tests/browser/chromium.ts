/** A headless Chromium of the machine's own (Debian's package), through playwright-core, which brings no browser. */
import { existsSync } from 'node:fs'
import { chromium, type Browser } from 'playwright-core'

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium'
export const hasChromium = existsSync(executablePath)
if (!hasChromium)
  console.warn(`browser tests are skipped: there is no ${executablePath} (apt install chromium, or set CHROMIUM)`)

export const launchChromium = (): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
