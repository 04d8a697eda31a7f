/** Sign-in, single changes, a policy that reaches a whole reseller, and an import. */
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from './client.mjs'

/** Requests that can be repeated as often as one likes. */
export async function signInAndCreate({ client, credentials, tenantId, who }, url) {
  const { domains } = await client.query('{ domains(first: 1, filter: { status: ACTIVE }) { nodes { id } } }')
  const domainId = domains.nodes[0].id
  const password = randomBytes(12).toString('base64url')
  let { version } = (
    await client.query('query ($id: ID!) { tenant(id: $id) { policies { version } } }', { id: tenantId })
  ).tenant.policies
  let megabytes = 20
  return [
    { name: 'sign-in', run: () => new Client(url).signIn(credentials) },
    {
      name: `${who} · create a mailbox`,
      run: () =>
        client.mutate(
          'createMailbox',
          { domainId, localPart: `made.${randomBytes(6).toString('hex')}`, name: 'Made', password },
          'mailbox { id }',
        ),
    },
    {
      name: `${who} · change a policy that reaches them all`,
      async run() {
        const set = [{ kind: 'MESSAGES_PER_DAY', value: 1_000 + ++megabytes }]
        const { policies } = await client.mutate(
          'setPolicies',
          { target: 'TENANT', objectId: tenantId, version, set },
          'policies { version }',
        )
        version = policies.version
      },
    },
  ]
}

/** The import, once: from the upload until the last row is there. */
export async function measureWork({ client, tenantId }, { imported }) {
  const { domains } = await client.query('{ domains(first: 100, filter: { status: ACTIVE }) { nodes { name } } }')
  const run = randomBytes(4).toString('hex')
  // A hash, as whoever moves from another system has: argon2id of 100,000 new passwords would measure argon2id.
  const hash = `$argon2id$v=19$m=19456,t=2,p=1$${randomBytes(16).toString('base64').replace(/=+$/, '')}$${randomBytes(32).toString('base64').replace(/=+$/, '')}`
  const lines = ['address,name,passwordHash,quotaBytes']
  for (let row = 0; row < imported; row++) {
    lines.push(`i${run}.${row}@${domains.nodes[row % domains.nodes.length].name},Imported ${row},"${hash}",1073741824`)
  }
  const start = performance.now()
  const response = await client.request('/imports', 'text/csv', lines.join('\n'))
  const { upload } = await response.json()
  if (!upload) throw new Error(`the upload was refused with ${response.status}`)
  const uploaded = performance.now()
  const input = { tenantId, uploadId: upload.id, kind: 'MAILBOXES', dryRun: false }
  const { job: started } = await client.mutate('startImport', input, 'job { id }')
  let job
  do {
    await sleep(200)
    const query = 'query ($id: ID!) { job(id: $id) { state succeeded failed errorCode } }'
    job = (await client.query(query, { id: started.id })).job
  } while (['PLANNED', 'QUEUED', 'RUNNING'].includes(job.state))
  if (job.state !== 'SUCCEEDED' || job.failed > 0) throw new Error(`the import: ${JSON.stringify(job)}`)
  const seconds = (performance.now() - uploaded) / 1_000
  console.log(
    `\nimport of ${imported} mailboxes: upload ${((uploaded - start) / 1_000).toFixed(1)} s, job ${seconds.toFixed(1)} s, ` +
      `${(imported / seconds).toFixed(0)} a second`,
  )
}
