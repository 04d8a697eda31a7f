import { expect, it } from 'vitest'
import { configResource } from '@mailfleet/schema'
import { admissionFault } from './config-admission.js'

const fault = (resource: object) => admissionFault(configResource.parse(resource))
const domain = {
  kind: 'Domain',
  id: 'd',
  tenantId: 't',
  name: 'example.org',
  status: 'ACTIVE',
  catchAll: null,
  tenantPath: [],
}
const alias = {
  kind: 'Alias',
  id: 'a',
  domainId: 'd',
  address: 'a@example.org',
  status: 'ACTIVE',
  targets: ['b@x.example'],
}
const forward = { kind: 'Forward', id: 'f', mailboxId: 'm', status: 'ACTIVE', targets: ['b@x.example'], keepCopy: true }
const node = { kind: 'NodeSettings', id: 'n', hostName: 'node.example', status: 'ACTIVE' }

it('admits what is in normal form', () => {
  for (const resource of [domain, alias, forward, node]) expect(fault(resource)).toBeNull()
  expect(fault({ ...domain, name: 'xn--cph-0na9g.vn', catchAll: 'café@example.org' })).toBeNull()
})

it.each([
  [{ ...domain, name: 'Example.org' }],
  [{ ...domain, name: 'càphê.vn' }],
  [{ ...domain, catchAll: 'A@example.org' }],
  [{ ...alias, address: 'a@EXAMPLE.org' }],
  [{ ...alias, targets: ['b@x.example', 'B@x.example'] }],
  [{ ...forward, targets: ['nobody'] }],
  [{ ...node, hostName: 'no host' }],
])('refuses %o', (resource) => {
  expect(fault(resource)).toMatch(/is not/)
})
