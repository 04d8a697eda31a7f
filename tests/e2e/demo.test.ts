import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Api } from '../support/api.js'
import { eventually } from '../support/eventually.js'
import { Product } from '../support/product.js'
import { allEvents } from './mail-log.js'

describe('npm start -- --demo', { timeout: 120_000 }, () => {
  let product: Product
  let reseller: { email: string; password: string }

  beforeAll(async () => {
    product = await Product.create(['--demo'])
    await product.start()
    const [, email, password] = /Demo reseller\s+(\S+)\n\s+Password\s+(\S+)/.exec(product.output)!
    reseller = { email: email!, password: password! }
  }, 600_000)
  afterAll(() => product?.dispose())

  const customers = async (api: Api) =>
    (
      await api.run<{ tenants: { nodes: { name: string; domainCount: number }[] } }>(
        'query { tenants(first: 50, filter: { kind: CUSTOMER }) { nodes { name domainCount } } }',
      )
    ).tenants.nodes

  it('adds a reseller with three customers and real traffic, which the reseller sees', async () => {
    const api = new Api(product.url)
    await api.signIn(reseller)
    const found = await customers(api)
    expect(found.length).toBe(3)
    expect(found.every(({ domainCount }) => domainCount > 0)).toBe(true)
    const expected = ['ACCEPTED', 'AUTHENTICATED', 'DELIVERED', 'QUEUED', 'REFUSED']
    const seen = await eventually(
      async () => new Set((await allEvents(api, {})).map(({ type }) => type)),
      (types) => expected.every((type) => types.has(type)),
    )
    expect([...seen]).toEqual(expect.arrayContaining(expected))
  })

  it('adds nothing twice', async () => {
    await product.stop()
    await product.start()
    expect(product.output).not.toContain('Demo reseller')
    const api = new Api(product.url)
    await api.signIn(reseller)
    expect((await customers(api)).length).toBe(3)
  })
})
