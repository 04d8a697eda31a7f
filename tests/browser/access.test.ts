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
  const dialog = () => page().getByRole('dialog')
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

  test('a role of one’s own is made of rules in words, given to somebody, and taken away', async () => {
    await view.open('/roles')
    await page().getByText('No roles of your own').waitFor()
    await button('New role').first().click()
    await dialog().getByLabel('Name', { exact: true }).fill('Help desk')
    await dialog().getByRole('button', { name: 'Create', exact: true }).click()
    await dialog().getByText('Choose at least one.').waitFor()
    await dialog().getByLabel('change', { exact: true }).check()
    await dialog().getByLabel('mailboxes', { exact: true }).check()
    await dialog().getByLabel('Only these fields').fill('nothing')
    await dialog().getByText('Names of fields').click()
    await dialog().getByRole('button', { name: 'Create', exact: true }).click()
    await dialog().getByText('A Mailbox has no such field to').waitFor()
    await dialog().getByLabel('Only these fields').fill('')
    await dialog().getByRole('button', { name: 'name', exact: true }).click()
    await view.looksRight('role-edit')
    await dialog().getByRole('button', { name: 'Create', exact: true }).click()
    await page().getByRole('link', { name: 'Help desk' }).click()
    await page().getByText('May see and change: mailboxes').waitFor()
    await button('Give to somebody').click()
    await dialog().getByLabel('Administrator', { exact: true }).fill('linh')
    await page().getByRole('option', { name: /linh@/ }).click()
    await dialog().getByRole('button', { name: 'Give to somebody' }).click()
    await page().getByRole('row').filter({ hasText: 'linh@mailfleet.example' }).waitFor()
    await view.looksRight('role')
    await button('Take away').click()
    await dialog().getByRole('button', { name: 'Take away' }).click()
    await page().getByText('Nobody has this role').waitFor()
  })

  test('a webhook is made, its secret shown once, and its deliveries with each try', async () => {
    await view.open('/webhooks')
    await button('New webhook').first().click()
    await dialog().getByLabel('URL').fill('https://hooks.example.invalid/mail')
    await view.looksRight('webhook-edit')
    await dialog().getByRole('button', { name: 'Create', exact: true }).click()
    await dialog().locator('[data-secret]').getByText('whsec_').waitFor()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await page().getByRole('link', { name: 'https://hooks.example.invalid/mail' }).click()
    await button('Send a test').click()
    const row = page().getByRole('row').filter({ hasText: 'webhook.ping' })
    await row.getByRole('cell', { name: '1', exact: true }).waitFor()
    await row.getByRole('button').click()
    await dialog().getByText('UNREACHABLE').first().waitFor()
    await view.looksRight('webhook')
  })

  test('one field finds pages and objects', async () => {
    await view.open('/')
    await page().keyboard.press('Control+k')
    await dialog().getByLabel('Search pages').fill('p1@exa')
    await dialog().getByRole('option', { name: 'p1@example.com' }).waitFor()
    await view.looksRight('palette')
    await page().keyboard.press('Enter')
    await page().getByRole('heading', { name: 'p1@example.com' }).waitFor()
    await page().keyboard.press('Control+k')
    await dialog().getByLabel('Search pages').fill('who')
    await dialog().getByRole('option', { name: 'Who may what' }).waitFor()
    await page().keyboard.press('Enter')
    await page().waitForURL(/\/permissions/)
  })

  test('why somebody may do something is told, and who else may', async () => {
    await view.open('/permissions')
    await page().getByLabel('of which').fill('example')
    await page().getByRole('option', { name: 'example.com' }).click()
    await page().getByLabel('May', { exact: true }).fill('linh')
    await page().getByRole('option', { name: /linh@/ }).click()
    await page().getByRole('status').getByText('linh@mailfleet.example may.').waitFor()
    await page().getByText('Platform administrator').first().waitFor()
    await view.looksRight('permissions')
  })

  test('a grant is given for a time and revoked', async () => {
    await view.open('/grants')
    await button('Give a grant').first().click()
    await dialog().getByLabel('To whom').fill('support@elsewhere.example')
    await dialog().getByLabel('Reason').fill('Ticket 4711')
    await dialog().getByLabel('domains', { exact: true }).check()
    await view.looksRight('grant-edit')
    await dialog().getByRole('button', { name: 'Give', exact: true }).click()
    await button('support@elsewhere.example').click()
    await dialog().getByText('May see: domains').waitFor()
    await view.looksRight('grant')
    await dialog().getByRole('button', { name: 'Revoke' }).click()
    await dialog().getByText('Revoked', { exact: true }).waitFor()
  })

  test('a source of sign-ins is made, its token shown once; an API token gets less than its maker has', async () => {
    await view.open('/sign-in-sources')
    await button('SCIM client').click()
    await dialog().getByLabel('Name', { exact: true }).fill('People')
    await view.looksRight('source-edit')
    await dialog().getByRole('button', { name: 'Create' }).click()
    await dialog().locator('[data-secret]').waitFor()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await page().getByRole('link', { name: 'People' }).click()
    await page().getByText('SCIM URL').waitFor()
    await view.looksRight('source')
    await view.open('/bans')
    await page().getByText('No network is banned').waitFor()
    await view.looksRight('bans')
    await view.open('/account')
    await button('New token').click()
    await dialog().getByLabel('Name').first().fill('billing')
    await dialog().getByLabel('Only from').fill('192.0.2.0/24')
    await dialog().getByLabel('Give it less than you may').check()
    await dialog().getByLabel('domains', { exact: true }).check()
    await view.looksRight('token-edit')
    await dialog().getByRole('button', { name: 'Create' }).click()
    await dialog().getByRole('button', { name: 'Done' }).click()
    await page().getByText('From: 192.0.2.0/24').waitFor()
  })

  test('nothing was complained about', () => expect(view.complaints).toEqual([]))
})
