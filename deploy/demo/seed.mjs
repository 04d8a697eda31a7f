/**
 * `npm start -- --demo`: a reseller with three customers, their domains, mailboxes and aliases, made through the public API, and
 * some real traffic sent through the real ports. Does nothing where the reseller is there already.
 */
import { randomBytes } from 'node:crypto'
import { UserError } from '../user-error.mjs'
import { reachableHost } from '../loopback.mjs'
import { customers, letters, reseller } from './world.mjs'

/** @returns {Promise<string[] | null>} lines that tell how to sign in, or null when the data was there before */
export async function seedDemo({ options, url, credentials, note }) {
  const password = credentials?.password ?? options.adminPassword
  if (!password)
    throw new UserError(
      '--demo on an existing data folder signs in as the administrator: give --admin-email and --admin-password.',
    )
  const api = await signIn(url, options.adminEmail, password)
  const { tenants } = await api('query { tenants(first: 200) { nodes { id name kind } } }')
  if (tenants.nodes.some(({ name }) => name === reseller.name)) return null
  const root = tenants.nodes.find(({ kind }) => kind === 'PLATFORM')
  const tenant = await create(api, 'Tenant', { parentId: root.id, name: reseller.name, kind: 'RESELLER' })
  const secrets = { reseller: newPassword(), mailbox: newPassword() }
  await create(api, 'Administrator', {
    ...reseller.administrator,
    tenantId: tenant.id,
    role: 'RESELLER',
    password: secrets.reseller,
  })
  const mailboxes = []
  for (const customer of customers) {
    note(customer.name)
    const { id } = await create(api, 'Tenant', { parentId: tenant.id, name: customer.name, kind: 'CUSTOMER' })
    for (const domain of customer.domains) mailboxes.push(...(await createDomain(api, id, domain, secrets.mailbox)))
  }
  note('sending mail')
  await sendTraffic(options, mailboxes, secrets.mailbox)
  return [
    `  Demo reseller        ${reseller.administrator.email}`,
    `  Password             ${secrets.reseller}`,
    `  Demo mailbox         ${mailboxes[0]}`,
    `  Password (all)       ${secrets.mailbox}`,
  ]
}

async function createDomain(api, tenantId, { name, people, aliases, catchAll }, password) {
  const domain = await create(api, 'Domain', { tenantId, name }, 'name version')
  const addresses = []
  for (const [localPart, person] of people) {
    const input = { domainId: domain.id, localPart, name: person, password, quotaBytes: 5 * 1024 ** 3 }
    addresses.push((await create(api, 'Mailbox', input, 'address')).address)
  }
  for (const [localPart, targets] of Object.entries(aliases))
    await create(api, 'Alias', {
      domainId: domain.id,
      localPart,
      targets: targets.map((target) => `${target}@${domain.name}`),
    })
  if (catchAll)
    await api('mutation ($input: UpdateDomainInput!) { updateDomain(input: $input) { errors { message } } }', {
      input: { id: domain.id, version: domain.version, catchAll: `${catchAll}@${domain.name}` },
    })
  return addresses
}

async function sendTraffic({ bind, smtpPort, submissionsPort }, mailboxes, password) {
  // Not at the top: the packages are there only after the installation.
  const { createTransport } = await import('nodemailer')
  const host = reachableHost(bind)
  const tls = { rejectUnauthorized: false }
  if (smtpPort !== 'off') {
    const outside = createTransport({ host, port: smtpPort, tls, pool: true })
    await whenServed(() => outside.sendMail({ ...letter(letters[0]), to: mailboxes[mailboxes.length - 1] }))
    for (const [index, to] of mailboxes.entries())
      for (let turn = 0; turn < 2; turn++)
        await outside.sendMail({ ...letter(letters[(index + turn * 3) % letters.length]), to })
    await outside.sendMail({ ...letter(letters[1]), to: 'nobody@fabrikam.test' }).catch(() => undefined)
    outside.close()
  }
  if (submissionsPort === 'off') return
  for (const [index, user] of mailboxes.entries()) {
    if (!isAscii(user)) continue
    const transport = createTransport({
      host,
      port: submissionsPort,
      secure: true,
      tls,
      auth: { user, pass: password },
    })
    const to = mailboxes.filter(isAscii)[(index + 1) % mailboxes.filter(isAscii).length]
    await transport.sendMail({
      from: user,
      to,
      subject: 'Minutes of this morning',
      text: 'As agreed: see the list below.\n\n1. …',
    })
    // .invalid never exists (RFC 2606), so this shows what a bounce looks like.
    if (index === 0)
      await transport.sendMail({
        from: user,
        to: 'someone@does-not-exist.invalid',
        subject: 'Hello?',
        text: 'Are you there?',
      })
    transport.close()
  }
}

const isAscii = (address) => /^[\x20-\x7e]+$/.test(address)
const letter = ([from, subject, text]) => ({ from, subject, text })
const newPassword = () => randomBytes(12).toString('base64url')

/** The node takes its config within moments of the API's answer; until then it refuses for now. */
async function whenServed(send) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send()
    } catch (error) {
      if (attempt === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function signIn(url, email, password) {
  let cookie
  const api = async (query, variables) => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(cookie && { cookie }) },
      body: JSON.stringify({ query, variables }),
    })
    cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const { data, errors } = await response.json()
    const failure = errors?.[0] ?? Object.values(data ?? {}).flatMap((payload) => payload?.errors ?? [])[0]
    if (failure) throw new UserError(`The demonstration data could not be added: ${failure.message}`)
    return data
  }
  await api('mutation ($input: SignInInput!) { signIn(input: $input) { errors { message } } }', {
    input: { email, password },
  })
  return api
}

async function create(api, type, input, fields = '') {
  const field = `${type[0].toLowerCase()}${type.slice(1)}`
  const query = `mutation ($input: Create${type}Input!) { create${type}(input: $input) { ${field} { id ${fields} } errors { message } } }`
  return (await api(query, { input }))[`create${type}`][field]
}
