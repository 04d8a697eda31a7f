/**
 * A small world of tenants: platform → reseller → customer, and beside them a second reseller with the same below it. Each
 * tenant has an administrator of each role that it can have, each customer one object of every kind.
 */
import { newPassword, type TestApplication } from './test-application.js'
import { ApiClient, type Json } from './api-client.js'

interface Customer {
  tenant: Json
  domain: Json
  mailbox: Json
  alias: Json
  group: Json
  appPassword: Json
  forward: Json
  administrator: Json
  admin: ApiClient
  support: ApiClient
}

export interface Branch {
  tenant: Json
  administrator: Json
  reseller: ApiClient
  support: ApiClient
  customer: Customer
}

type Role = 'PLATFORM_ADMIN' | 'RESELLER' | 'CUSTOMER_ADMIN' | 'SUPPORT' | 'CUSTOM'

export async function addAdministrator(application: TestApplication, tenantId: string, role: Role, name: string) {
  const credentials = { email: `${name}@people.example`, password: newPassword() }
  const administrator = await application.admin.must(
    'createAdministrator',
    { tenantId, role, name, ...credentials },
    'id version email',
  )
  const client = new ApiClient(application.url)
  await client.signIn(credentials)
  return { administrator, client, credentials }
}

export async function makeBranch(application: TestApplication, name: string): Promise<Branch> {
  const { admin, rootId } = application
  const tenant = await admin.must('createTenant', { parentId: rootId, name, kind: 'RESELLER' })
  const reseller = await addAdministrator(application, tenant.id, 'RESELLER', `${name}-reseller`)
  const support = await addAdministrator(application, tenant.id, 'SUPPORT', `${name}-support`)
  return {
    tenant,
    administrator: reseller.administrator,
    reseller: reseller.client,
    support: support.client,
    customer: await makeCustomer(application, tenant.id, `${name}-customer`),
  }
}

async function makeCustomer(application: TestApplication, parentId: string, name: string): Promise<Customer> {
  const { admin } = application
  const tenant = await admin.must('createTenant', { parentId, name, kind: 'CUSTOMER' })
  const domain = await admin.must('createDomain', { tenantId: tenant.id, name: `${name}.example` }, 'id version name')
  const mailbox = await admin.must('createMailbox', {
    domainId: domain.id,
    localPart: 'someone',
    name: 'Someone',
    password: newPassword(),
  })
  const made = await admin.mutate('createAppPassword', { mailboxId: mailbox.id, name }, 'appPassword { id version }')
  const targets = [`elsewhere@${name}.test`]
  const alias = await admin.must('createAlias', { domainId: domain.id, localPart: 'info', targets })
  const members = { members: targets, owners: [`someone@${name}.example`] }
  const group = await admin.must('createGroup', { domainId: domain.id, localPart: 'all', name, ...members })
  const forward = await admin.must('createForward', { mailboxId: mailbox.id, targets, keepCopy: true })
  const owner = await addAdministrator(application, tenant.id, 'CUSTOMER_ADMIN', `${name}-admin`)
  const support = await addAdministrator(application, tenant.id, 'SUPPORT', `${name}-support`)
  return {
    tenant,
    domain,
    mailbox,
    alias,
    group,
    appPassword: made.appPassword,
    forward,
    administrator: owner.administrator,
    admin: owner.client,
    support: support.client,
  }
}
