/** From outside: what people do is in the trail, who may see it sees it, and whoever changes the trail is found out. */
import { getNamedType, isObjectType, type GraphQLNamedType } from 'graphql'
import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { createAdminSchema } from '../admin-schema.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Json } from '../test-support/api-client.js'
import { newPassword, startTestApplication, type TestApplication } from '../test-support/test-application.js'
import { makeBranch, type Branch } from '../test-support/world.js'

let application: TestApplication
let branch: Branch
let other: Branch
const password = newPassword()

beforeAll(async () => {
  application = await startTestApplication()
  branch = await makeBranch(application, 'branch')
  other = await makeBranch(application, 'other')
})
afterAll(() => application?.stop())

const fields = `id at sequence operation operationId change subjectType subjectId label tenantId before after ip userAgent
  actor { administratorId email credentialKind }`

async function entries(filter: object, client = application.admin): Promise<Json[]> {
  const { auditEntries } = await client.query(
    `query ($filter: AuditEntryFilter) { auditEntries(first: 200, filter: $filter) { nodes { ${fields} } } }`,
    { filter },
  )
  return auditEntries.nodes
}

async function chained(): Promise<void> {
  const open = 'SELECT count(*)::int AS open FROM audit_entry WHERE sequence IS NULL'
  while ((await application.database.query<{ open: number }>(open))[0]!.open > 0) await sleep(20)
}

async function versionOf(mailboxId: string): Promise<number> {
  const sql = 'SELECT version FROM mailbox WHERE id = $1'
  return (await application.database.query<{ version: number }>(sql, [mailboxId]))[0]!.version
}

const verification = async (after = 0): Promise<Json> => {
  const { auditVerification } = await application.admin.query(
    `query ($after: SafeInt!) { auditVerification(after: $after) { entries verifiedTo head fault faultAt checkpoints } }`,
    { after },
  )
  return auditVerification
}

test('a change is told with who made it, how, and what was before and after', async () => {
  const { mailbox } = branch.customer
  const client = branch.customer.admin
  await client.must('updateMailbox', { id: mailbox.id, version: mailbox.version, name: 'Trần Thư', quotaBytes: 5e9 })
  const [entry] = await entries({ subjectId: mailbox.id })
  expect(entry).toMatchObject({
    operation: 'updateMailbox',
    change: 'UPDATED',
    subjectType: 'Mailbox',
    label: 'someone@branch-customer.example',
    tenantId: branch.customer.tenant.id,
    actor: { administratorId: branch.customer.administrator.id, credentialKind: 'session' },
    ip: '127.0.0.1',
  })
  expect(JSON.parse(entry.before)).toEqual({ name: 'Someone', quota_bytes: null })
  expect(JSON.parse(entry.after)).toEqual({ name: 'Trần Thư', quota_bytes: 5_000_000_000 })
})

test('all that one mutation did has one operation', async () => {
  const { mailbox } = other.customer
  const version = await versionOf(mailbox.id)
  expect(await other.reseller.erase('Mailbox', { id: mailbox.id, version })).toEqual([])
  const [{ operationId }] = await entries({ subjectId: mailbox.id })
  const told = await entries({ operationId })
  expect(told.map(({ subjectType, change }) => `${change} ${subjectType}`)).toContain('DELETED Forward')
  expect(new Set(told.map((entry) => entry.operation))).toEqual(new Set(['deleteMailbox']))
})

test('secrets are named and never shown', async () => {
  const { mailbox } = branch.customer
  const version = await versionOf(mailbox.id)
  await application.admin.must('updateMailbox', { id: mailbox.id, version, password })
  const [entry] = await entries({ subjectId: mailbox.id })
  expect(JSON.parse(entry.after)).toMatchObject({ password_hash: '(secret)' })
  const [whole] = await application.database.query<{ text: string }>(
    `SELECT string_agg(audit_content(audit_entry), '') AS text FROM audit_entry`,
  )
  const { text } = whole!
  expect(text).toContain('(secret)')
  expect(text).not.toMatch(/argon2|\\\\x[0-9a-f]{64}/)
  expect(text).not.toContain(password)
})

test('one sees what was done to one’s own and below, and nothing else', async () => {
  const ids = (list: Json[]): Set<string> => new Set(list.map((entry) => entry.tenantId))
  const all = ids(await entries({}))
  expect(all).toContain(other.tenant.id)
  const own = ids(await entries({}, branch.reseller))
  expect(own).toEqual(new Set([branch.tenant.id, branch.customer.tenant.id]))
  expect(await entries({}, branch.support)).toEqual([])
  expect(await entries({ withinId: other.tenant.id }, branch.reseller)).toEqual([])
  expect((await branch.reseller.query('{ auditVerification { head } }')).auditVerification).toBeNull()
})

test('a look into the mail log is told before anything is shown', async () => {
  await branch.reseller.query(
    `query ($id: ID) { mailEvents(filter: { withinId: $id, sender: "@spam.example" }) { nodes { id } } }`,
    { id: branch.customer.tenant.id },
  )
  const [entry] = await entries({ changes: ['READ'] })
  expect(entry).toMatchObject({
    operation: 'mailEvents',
    subjectType: 'MailEvent',
    tenantId: branch.customer.tenant.id,
  })
  expect(JSON.parse(entry.after)).toMatchObject({ filter: { sender: '@spam.example' } })
})

describe('each way to somebody’s mail log is written down before it shows anything', () => {
  const schema = createAdminSchema()
  /** The fields of Query and Subscription from which an event of the log can be reached, and what is asked of them here. */
  const asked: Record<string, () => Promise<unknown>> = {
    mailEvents: () => branch.reseller.query('{ mailEvents(first: 1) { nodes { id } } }'),
    messageTimeline: () => branch.reseller.query('{ messageTimeline(transactionId: "none") { __typename } }'),
    search: () => branch.reseller.query('{ search(text: "looked-for@read.example") { count } }'),
    mailEventAdded: () => {
      const client = createClient({
        url: `${application.url.replace('http', 'ws')}/graphql`,
        webSocketImpl: class extends WebSocket {
          constructor(url: string, protocol: string) {
            super(url, protocol, { headers: branch.reseller.credentials() })
          }
        },
      })
      void client
        .iterate({ query: 'subscription { mailEventAdded { id } }' })
        .next()
        .catch(() => undefined)
      return reads('mailEventAdded').finally(() => client.dispose())
    },
  }
  const reads = async (operation: string): Promise<number> => {
    const count = async (): Promise<number> => {
      const [row] = await application.database.query<{ count: number }>(
        `SELECT count(*)::integer AS count FROM audit_entry WHERE change = 'READ' AND operation = $1`,
        [operation],
      )
      return row!.count
    }
    await expect.poll(count).toBeGreaterThan(0)
    return count()
  }

  test('and there is no other', () => {
    const reaches = (type: GraphQLNamedType, seen = new Set<string>()): boolean => {
      if (type.name === 'MailEvent') return true
      if (!isObjectType(type) || seen.has(type.name)) return false
      seen.add(type.name)
      return Object.values(type.getFields()).some((field) => reaches(getNamedType(field.type), seen))
    }
    const found = [schema.getQueryType(), schema.getSubscriptionType()]
      .flatMap((type) => Object.values(type!.getFields()))
      .filter((field) => reaches(getNamedType(field.type)))
    expect(found.map(({ name }) => name).sort()).toEqual(Object.keys(asked).sort())
  })

  test.each(Object.keys(asked))('%s', async (name) => {
    await application.database.query(
      `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id, sender, recipient, message_id)
       SELECT gen_random_uuid(), now(), now(), 'DELIVERED', $1, $2, $3, 'a@b.example', 'c@d.example', 'looked-for@read.example'`,
      [application.mailNodeId, branch.customer.domain.id, branch.customer.tenant.id],
    )
    await asked[name]!()
    expect(await reads(name)).toBeGreaterThan(0)
  })
})

test('where the trail cannot be written, nothing is changed and nothing is shown', async () => {
  await application.database.query('ALTER TABLE audit_entry RENAME TO audit_entry_away')
  try {
    const input = { tenantId: branch.customer.tenant.id, name: 'untold.example' }
    expect(await application.admin.refusal('createDomain', input)).toEqual(['INTERNAL'])
    const { errors } = await branch.reseller.send('{ mailEvents { nodes { id } } }')
    expect(errors.map((error) => error.extensions.code)).toEqual(['INTERNAL'])
  } finally {
    await application.database.query('ALTER TABLE audit_entry_away RENAME TO audit_entry')
  }
  expect(await application.database.query(`SELECT FROM domain WHERE name = 'untold.example'`)).toEqual([])
})

test('every table is audited, or it is said why not', async () => {
  const rows = await application.database.query<{ table: string; audited: boolean }>(`
    SELECT relname AS table, EXISTS (
      SELECT 1 FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = relname || '_audits_update') AS audited
    FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND NOT relispartition`)
  const silent = rows.filter((row) => !row.audited).map((row) => row.table)
  expect(silent.filter((table) => !(table in notAudited))).toEqual([])
  expect(Object.keys(notAudited).filter((table) => !silent.includes(table))).toEqual([])
})

/** Tables without a trigger, and why. */
const notAudited: Record<string, string> = {
  audit_entry: 'the trail itself',
  audit_head: 'the trail itself',
  audit_checkpoint_report: 'the trail itself',
  schema_migration: 'written by migrations only',
  budget_notice: 'follows from budgets',
  data_key: 'sealed keys, made by the system',
  idempotency_key: 'requests that are audited themselves',
  former_password: 'follows from changes of passwords',
  identity_source_domain: 'follows from identity sources',
  single_sign_on_flow: 'a sign-in on its way, for minutes',
  sign_in_step: 'a sign-in on its way, for minutes',
  sign_in_attempt: 'counts tries, holds nothing of anybody',
  sign_in_network: 'counts tries, holds nothing of anybody',
  mail_address: 'follows from mailboxes and aliases',
  domain_placement: 'follows from domains',
  dkim_first_keys: 'follows from domains',
  domain_dns_check: 'found in DNS',
  directory_sync: 'what it does is audited itself, and so is its trouble, on its source',
  domain_alert: 'found in DNS',
  sent_in_day: 'counts of mail events',
  send_share: 'follows from budgets and what is sent',
  change_outbox: 'follows from what was changed',
  change_log: 'follows from what was changed',
  change_head: 'follows from what was changed',
  config_revision: 'numbers what was changed',
  config_hold: 'follows from rollouts',
  rollout_node: 'follows from rollouts',
  node_traffic: 'counts of mail events',
  config_rejection: 'said by nodes',
  mail_node_link: 'said by nodes',
  node_token_use: 'said by nodes',
  queued_message: 'said by nodes',
  mailbox_sends: 'counts of mail events',
  job_row: 'what a job does is audited itself',
  upload: 'a file that waits for its import, for a day',
  upload_chunk: 'a file that waits for its import, for a day',
  webhook_health: 'said by receivers',
  webhook_delivery: 'follows from what was changed or reported',
  webhook_attempt: 'said by receivers',
  webhook_cursor: 'how far the trail was read',
  webhook_mail_batch: 'follows from mail events',
  mail_event: 'said by nodes',
  mail_event_stream: 'said by nodes',
  mail_event_set_aside: 'said by nodes',
}

describe('the chain', () => {
  const tamper = async (sql: string): Promise<void> => {
    await application.database.query('ALTER TABLE audit_entry DISABLE TRIGGER USER')
    await application.database.query(sql)
  }

  test('holds, in pieces as well', async () => {
    await chained()
    const whole = await verification()
    expect(whole).toMatchObject({ fault: null, faultAt: null })
    expect(whole.entries).toBeGreaterThan(30)
    expect(whole.verifiedTo).toBe(whole.head)
    expect(await verification(10)).toMatchObject({ fault: null, entries: whole.entries - 10 })
  })

  test('entries stay as they are', async () => {
    await expect(application.database.query(`UPDATE audit_entry SET label = 'x' WHERE sequence = 5`)).rejects.toThrow()
    await expect(application.database.query(`DELETE FROM audit_entry WHERE sequence = 5`)).rejects.toThrow()
  })

  test.each([
    ['CHANGED', 'a changed value', `UPDATE audit_entry SET label = 'other' WHERE sequence = 7`, 7],
    ['CHANGED', 'another actor', `UPDATE audit_entry SET actor = '{}' WHERE sequence = 4`, 4],
    ['REMOVED', 'a removed entry', `DELETE FROM audit_entry WHERE sequence = 9`, 9],
    ['CUT', 'a cut end', `UPDATE audit_head SET sequence = sequence - 1`, null],
  ])('%s: %s is located', async (fault, _name, sql, at) => {
    await chained()
    await application.database.query('CREATE TABLE kept AS SELECT * FROM audit_entry')
    const [head] = await application.database.query<{ sequence: string }>('SELECT sequence FROM audit_head')
    await tamper(sql)
    const found = await verification()
    expect(found.fault).toBe(fault)
    expect(found.faultAt).toBe(at ?? Number(head!.sequence))
    await application.database.query(`
      DELETE FROM audit_entry; INSERT INTO audit_entry OVERRIDING SYSTEM VALUE SELECT * FROM kept; DROP TABLE kept;
      UPDATE audit_head SET sequence = ${head!.sequence}; ALTER TABLE audit_entry ENABLE TRIGGER USER`)
    expect((await verification()).fault).toBeNull()
  })

  test('REWRITTEN: a chain made anew does not fit what nodes hold', async () => {
    await chained()
    await application.database.query(
      `INSERT INTO audit_checkpoint_report (mail_node_id, chain_id, sequence, hash)
       SELECT $1, chain_id, 12, (SELECT hash FROM audit_entry WHERE sequence = 12) FROM audit_head`,
      [application.mailNodeId],
    )
    expect(await verification()).toMatchObject({ fault: null, checkpoints: 1 })
    await tamper(`UPDATE audit_entry SET hash = sha256('anew'), label = 'anew' WHERE sequence = 12`)
    expect((await verification()).fault).not.toBeNull()
    await application.database.query(`UPDATE audit_checkpoint_report SET hash = sha256('other') WHERE sequence = 12`)
    expect((await verification(12)).fault).toBe('CHANGED')
  })
})
