/** What the end-to-end tests work on: a reseller with three customers, ten domains (one internationalised) and fifty mailboxes. */
import { randomBytes } from 'node:crypto'
import type { Api } from '../support/api.js'

export interface Account {
  id: string
  login: string
  password: string
}

export interface Fixture {
  customers: string[]
  domains: { id: string; name: string }[]
  accounts: Account[]
}

export async function createFixture(api: Api): Promise<Fixture> {
  const { tenants } = await api.run<{ tenants: { nodes: { id: string }[] } }>(
    'query { tenants(first: 1, filter: { kind: PLATFORM }) { nodes { id } } }',
  )
  const reseller = await api.create('Tenant', {
    parentId: tenants.nodes[0]!.id,
    name: 'Northwind Hosting',
    kind: 'RESELLER',
  })
  const customers: string[] = []
  for (const name of ['Contoso', 'Fabrikam', 'Quán Cà Phê'])
    customers.push((await api.create('Tenant', { parentId: reseller.id, name, kind: 'CUSTOMER' })).id)
  const names = [
    'contoso.test',
    'contoso-shop.test',
    'fabrikam.test',
    'fabrikam.example',
    'càphê.test',
    'd6.test',
    'd7.test',
    'd8.test',
    'd9.test',
    'd10.test',
  ]
  const domains: Fixture['domains'] = []
  for (const [index, name] of names.entries())
    domains.push(await api.create<{ name: string }>('Domain', { tenantId: customers[index % 3], name }, 'name'))
  const accounts: Account[] = []
  for (const domain of domains)
    for (const localPart of ['ana', 'binh', 'chi', 'dung', 'em']) {
      const password = randomBytes(12).toString('base64url')
      const { id, address } = await api.create<{ address: string }>(
        'Mailbox',
        { domainId: domain.id, localPart, name: `${localPart} of ${domain.name}`, password },
        'address',
      )
      accounts.push({ id, login: address, password })
    }
  return { customers, domains, accounts }
}
