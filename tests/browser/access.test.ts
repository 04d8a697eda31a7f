/**
 * The pages of access and integrations, and the import of a file: what a newcomer does with fifty mailboxes. They share one
 * product and build on each other.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Api } from '../support/api.js'
import { hasChromium } from './chromium.js'
import { openConsole, type ConsolePage } from './console-page.js'
import { startConsole, type ConsoleServer } from './console-server.js'

describe.skipIf(!hasChromium)('access and integrations', { timeout: 90_000 }, () => {
  let server: ConsoleServer
  let view: ConsolePage
  let api: Api
  const page = () => view.page
  const button = (name: string | RegExp) => page().getByRole('button', { name, exact: typeof name === 'string' })

  beforeAll(async () => {
    server = await startConsole()
    api = new Api(server.url)
    await api.signIn(server.administrator)
    view = await openConsole(server)
  })
  afterAll(async () => {
    await view?.close()
    await server?.stop()
  })

  test('fifty mailboxes come from a file, with passwords that are made on the way', async () => {
    const { tenants } = await api.run<{ tenants: { nodes: { id: string }[] } }>(
      `{ tenants(first: 1) { nodes { id } } }`,
    )
    const [{ id: tenantId }] = tenants.nodes as [{ id: string }]
    await api.create('MailNode', { name: 'one', hostName: 'mx.example.com' })
    await api.create('Domain', { tenantId, name: 'example.com' })
    await view.open('/import')
    await view.looksRight('import-empty')
    await button('Check the file').click()
    await page().getByText('Choose a file.').waitFor()
    const lines = Array.from({ length: 50 }, (_, index) => `p${index}@example.com;Người ${index};1 GB`)
    const rows = ['E-Mail;Họ tên;Quota', ...lines, 'nobody@elsewhere.example;"X; Y";1 GB'].join('\r\n')
    await page()
      .locator('input[type=file]')
      .setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) })
    await page().getByText('Người 0, Người 1').waitFor()
    await view.looksRight('import-columns')
    await button('Check the file').click()
    await page().getByText('Rows that would succeed: 50. Rows that would be refused: 1.').waitFor()
    await page().getByLabel('Which rows').selectOption('FAILED')
    await page().getByRole('row').filter({ hasText: 'nobody@elsewhere.example' }).getByText('52').waitFor()
    await view.looksRight('import-preview')
    expect(await api.run(`{ mailboxes { totalCount } }`)).toEqual({ mailboxes: { totalCount: 0 } })

    await button('Run 50 rows').click()
    await page().getByText('Rows done: 50. Rows refused: 1.').waitFor()
    await view.looksRight('import-done')
    const [download] = await Promise.all([page().waitForEvent('download'), button('Download the passwords').click()])
    const passwords = (await readFile(await download.path(), 'utf8')).trim().split('\r\n').slice(1)
    expect(passwords.length).toBe(50)
    expect(passwords[7]).toMatch(/^p7@example\.com,\S{20,}$/)
    await page().getByRole('link', { name: 'Show: Mailboxes' }).click()
    await page().getByText('p10@example.com').waitFor()
  })

  test('the jobs are listed, and one that is open shows its rows', async () => {
    await view.open('/jobs')
    await page().getByRole('row').filter({ hasText: '51, of which 1 refused' }).waitFor()
    await view.looksRight('jobs')
    await page().getByRole('link', { name: 'Import from a file' }).last().click()
    await page().getByText('Rows done: 50.').waitFor()
    await view.looksRight('job')
  })

  test('nothing was complained about', () => expect(view.complaints).toEqual([]))
})
