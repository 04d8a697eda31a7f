/**
 * A platform of the size that is asked for, written straight into the tables: triggers and foreign keys rest meanwhile, what they
 * would have made is made here, and indexes are built afterwards. Minutes for two million mailboxes, where the API would take days.
 *
 * The first reseller has `large` domains, the second `small`, the others share the rest evenly; each customer has ten of them.
 */
const domainsPerCustomer = 10
const filled = ['tenant', 'domain', 'mailbox', 'alias', 'mail_address', 'administrator']

/** @typedef {{ resellers: number, domains: number, mailboxesPerDomain: number, large: number, small: number, imported: number }} Sizes */

/** @type {Record<'full' | 'smoke', Sizes>} */
export const sizes = {
  full: { resellers: 1_000, domains: 100_000, mailboxesPerDomain: 20, large: 10_000, small: 100, imported: 100_000 },
  smoke: { resellers: 5, domains: 300, mailboxesPerDomain: 5, large: 150, small: 20, imported: 200 },
}

/**
 * @param {import('pg').Client} database with the product's schema, a platform and a mail node in it
 * @param {Sizes} size
 */
export async function fillWorld(database, size) {
  await database.query('BEGIN')
  await database.query('SET LOCAL session_replication_role = replica')
  const indexes = await dropIndexes(database)
  await fillTenants(database, size)
  await fillDomains(database, size)
  await fillAddresses(database, size)
  await database.query("SET LOCAL maintenance_work_mem = '512MB'")
  for (const index of indexes) await database.query(index)
  await database.query('COMMIT')
  await database.query('VACUUM (ANALYZE)')
}

/** Their definitions; those that make a row unique stay. */
async function dropIndexes(database) {
  const { rows } = await database.query(
    `SELECT indexname, indexdef FROM pg_indexes
     WHERE schemaname = current_schema() AND tablename = ANY ($1) AND indexdef NOT LIKE 'CREATE UNIQUE%'`,
    [filled],
  )
  for (const { indexname } of rows) await database.query(`DROP INDEX ${indexname}`)
  return rows.map(({ indexdef }) => indexdef)
}

const insertTenants = (kind, from) => `
  INSERT INTO tenant (id, parent_id, path, name, kind, created_at)
  SELECT made.id, made.parent_id, made.parent_path || replace(made.id::text, '-', ''), made.name, '${kind}', made.created_at
  FROM ${from} AS made`

async function fillTenants(database, { resellers, domains, large, small }) {
  await database.query(`
    CREATE TEMPORARY TABLE bench_reseller ON COMMIT DROP AS
      SELECT number, uuidv7() AS id, root.id AS parent_id, root.path AS parent_path, 'Reseller ' || number AS name,
        now() - number * interval '1 hour' AS created_at
      FROM generate_series(0, ${resellers - 1}) AS number, tenant AS root WHERE root.parent_id IS NULL`)
  await database.query(insertTenants('RESELLER', 'bench_reseller'))
  const largeCustomers = Math.ceil(large / domainsPerCustomer)
  const smallCustomers = Math.ceil(small / domainsPerCustomer)
  await database.query(`
    CREATE TEMPORARY TABLE bench_customer ON COMMIT DROP AS
      SELECT customer.number, uuidv7() AS id, reseller.id AS parent_id, tenant.path AS parent_path,
        (ARRAY['Bakery', 'Studio', 'Clinic', 'Garage', 'Library', 'Orchard'])[1 + customer.number % 6] || ' ' || customer.number AS name,
        now() - customer.number * interval '7 minutes' AS created_at
      FROM generate_series(0, ${Math.ceil(domains / domainsPerCustomer) - 1}) AS customer (number)
      JOIN bench_reseller AS reseller ON reseller.number = CASE
        WHEN customer.number < ${largeCustomers} THEN 0
        WHEN customer.number < ${largeCustomers + smallCustomers} THEN 1
        ELSE 2 + customer.number % ${resellers - 2} END
      JOIN tenant ON tenant.id = reseller.id`)
  await database.query(insertTenants('CUSTOMER', 'bench_customer'))
  // Nobody knows a password of theirs.
  await database.query(`
    INSERT INTO administrator (id, tenant_id, email, name, role, password_hash)
    SELECT uuidv7(), id, 'owner' || number || '@people.example', 'Owner ' || number, 'CUSTOMER_ADMIN', '!' FROM bench_customer`)
}

/** Proven, on the one mail node. */
async function fillDomains(database, { domains }) {
  await database.query(`
    CREATE TEMPORARY TABLE bench_domain ON COMMIT DROP AS
      SELECT made AS number, uuidv7() AS id, customer.id AS tenant_id,
        substr(md5(made::text), 1, 6) || '-' || made || '.example' AS name,
        now() - made * interval '1 minute' AS created_at
      FROM generate_series(0, ${domains - 1}) AS made JOIN bench_customer AS customer ON customer.number = made / ${domainsPerCustomer}`)
  await database.query(`
    INSERT INTO domain (id, tenant_id, name, display_name, status, mail_node_id, proof, proven_at, created_at)
    SELECT made.id, tenant_id, made.name, made.name, CASE WHEN number % 50 = 7 THEN 'SUSPENDED' ELSE 'ACTIVE' END,
      node.id, 'WAIVED', made.created_at, made.created_at
    FROM bench_domain AS made, (SELECT id FROM mail_node LIMIT 1) AS node`)
  await database.query(
    'INSERT INTO domain_placement (domain_id, mail_node_id, tenant_id) SELECT id, mail_node_id, tenant_id FROM domain',
  )
  await database.query(
    `INSERT INTO domain_dns_check (domain_id, next_check_at) SELECT id, now() + interval '1 day' FROM domain`,
  )
}

async function fillAddresses(database, { mailboxesPerDomain }) {
  await database.query(`
    INSERT INTO mailbox (id, domain_id, local_part, address, name, status, password_hash, quota_bytes, created_at)
    SELECT uuidv7(), domain_id, local_part, local_part || '@' || domain_name, initcap(replace(local_part, '.', ' ')),
      CASE WHEN number % 17 = 3 THEN 'SUSPENDED' ELSE 'ACTIVE' END, '!', 1073741824,
      created_at + number * interval '1 second'
    FROM (
      SELECT domain.id AS domain_id, domain.name AS domain_name, domain.created_at, made.number,
        (ARRAY['anna', 'bruno', 'chen', 'dora', 'emil', 'fatima', 'goran', 'hana', 'ivan', 'jana'])[1 + (domain.number + made.number) % 10]
          || '.' || substr(md5(domain.number || ' ' || made.number), 1, 5) || made.number AS local_part
      FROM bench_domain AS domain, generate_series(1, ${mailboxesPerDomain}) AS made (number)) AS made`)
  await database.query(`
    INSERT INTO alias (id, domain_id, local_part, address, targets, created_at)
    SELECT uuidv7(), id, 'info', 'info@' || name, ARRAY['somebody@elsewhere.test'], created_at FROM bench_domain`)
  await database.query(
    'INSERT INTO mail_address (address, owner_id) SELECT address, id FROM mailbox UNION ALL SELECT address, id FROM alias',
  )
}
