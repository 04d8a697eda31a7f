/** What is asked of the API, and beside a list the plain SQL that a page of it costs at least: no rules, no objects, no cursors. */
const page = 50
const deepPages = 25

/** Name of the list → what is shown of a node, the SQL of its rows, and the order that it has when none is asked for. */
const lists = {
  tenants: {
    fields: 'id name kind status createdAt',
    sql: 'tenant.id, tenant.name, tenant.kind, tenant.status, tenant.created_at FROM tenant WHERE tenant.id',
    order: 'lower(tenant.name), tenant.id',
    search: 'bakery',
  },
  domains: {
    fields: 'id name displayName status createdAt tenant { id name }',
    sql: `domain.id, domain.name, domain.display_name, domain.status, domain.created_at, tenant.id, tenant.name
      FROM domain JOIN tenant ON tenant.id = domain.tenant_id WHERE domain.tenant_id`,
    order: 'domain.name, domain.id',
    search: 'a1',
  },
  mailboxes: {
    fields: 'id address name status quotaBytes createdAt domain { id name }',
    sql: `mailbox.id, mailbox.address, mailbox.name, mailbox.status, mailbox.quota_bytes, mailbox.created_at, domain.id, domain.name
      FROM mailbox JOIN domain ON domain.id = mailbox.domain_id WHERE domain.tenant_id`,
    order: 'mailbox.address, mailbox.id',
    search: 'fatima',
  },
  aliases: {
    fields: 'id address targets status createdAt domain { id name }',
    sql: `alias.id, alias.address, alias.targets, alias.status, alias.created_at, domain.id, domain.name
      FROM alias JOIN domain ON domain.id = alias.domain_id WHERE domain.tenant_id`,
    order: 'alias.address, alias.id',
    search: 'info@a1',
  },
  administrators: {
    fields: 'id email name role createdAt',
    sql: 'administrator.id, email, administrator.name, role, administrator.created_at FROM administrator WHERE tenant_id',
    order: 'email, administrator.id',
    search: 'owner1',
  },
}

/** @param {{ sql: string, order: string }} list */
const plainSql = ({ sql, order }) =>
  `SELECT ${sql} = ANY (ARRAY(SELECT id FROM tenant WHERE path <@ $1::ltree)) ORDER BY ${order} LIMIT ${page}`

/**
 * @param {{ query(text: string, variables?: object): Promise<any> }} viewer
 * @param {{ who: string, path: string, database: import('pg').Client }} of
 * @returns {AsyncGenerator<{ name: string, run: () => Promise<unknown> }>}
 */
export async function* listCases(viewer, { who, path, database }) {
  for (const [list, { fields, search, ...shape }] of Object.entries(lists)) {
    const ask = (args) =>
      `{ ${list}(first: ${page}, ${args}) { nodes { ${fields} } pageInfo { hasNextPage endCursor } } }`
    const named = (name, query) => ({ name: `${who} · ${list}, ${name}`, run: () => viewer.query(query) })
    yield named('first page', ask(''))
    yield { name: `${who} · ${list}, first page in plain SQL`, run: () => database.query(plainSql(shape), [path]) }
    const cursor = await deepCursor(viewer, list)
    if (cursor) yield named('deep page', ask(`after: "${cursor}"`))
    yield named('newest first', ask('orderBy: { field: CREATED_AT, direction: DESC }'))
    if (list === 'domains' || list === 'mailboxes') {
      yield named(
        'suspended, newest first',
        ask('filter: { status: SUSPENDED }, orderBy: { field: CREATED_AT, direction: DESC }'),
      )
    }
    yield named('search', ask(`filter: { search: "${search}" }`))
    yield named('count', `{ ${list}(first: 0) { totalCount } }`)
  }
}

async function deepCursor(viewer, list) {
  let after = null
  for (let index = 0; index < deepPages; index++) {
    const data = await viewer.query(
      `query ($after: String) { ${list}(first: 200, after: $after) { pageInfo { hasNextPage endCursor } } }`,
      { after },
    )
    const { pageInfo } = data[list]
    if (!pageInfo.hasNextPage) break
    after = pageInfo.endCursor
  }
  return after
}
