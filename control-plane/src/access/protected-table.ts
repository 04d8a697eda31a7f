/**
 * Puts a table behind row-level security: one line in the migration that makes it. Requests then see and change the rows of tenants that
 * their caller reaches (reach.ts), and no others, whatever a resolver forgets. A table that is not protected, and not opened
 * either, is none that requests can use.
 *
 * Policies look up the chain: a mailbox is reached where its domain is, by the policy of that. The caller's reach is found once a
 * statement, into a hash that each row is looked up in: `= ANY (array)` the planner takes for ten rows.
 *
 * What a statement asks for has been narrowed to the caller's rows already, and so a policy lets nearly all of them pass. The planner
 * knows nothing of that, guesses one half for each policy on the way, and sorts a list that it could have read in order. Of
 * `IS NOT NULL` it guesses 99.5 %, and therefore policies are written as that (policy-estimates.migration.ts).
 */
import type { QueryRunner } from 'typeorm'
import { viewerRole } from './reach.js'

export interface ProtectedTable {
  table: string
  /**
   * Whose the rows are, by a column named so: `tenant` is `tenant_id`. Several: rows that belong to any of them. `platform`: rows
   * of no tenant, for those whose rules speak of such.
   */
  of: Owner | readonly Owner[]
}

export type Owner = 'tenant' | 'domain' | 'mailbox' | 'administrator' | 'platform' | { sql: string }

const among = (column: string, reached: string): string => `${column} IN (SELECT unnest(${reached}()))`
const reachedTenant = (column: string): string => among(column, 'reached_tenants')
const self = `nullif(current_setting('mailfleet.self', true), '')::uuid`
const platform = `current_setting('mailfleet.platform', true) = 'on'`

const conditionOf = (owner: Owner, table: string): string => {
  if (typeof owner === 'object') return owner.sql
  switch (owner) {
    case 'tenant':
      return reachedTenant(`${table}.tenant_id`)
    case 'platform':
      return `(SELECT ${platform})`
    default:
      // Not EXISTS: for what it takes to be many rows the planner would collect all owners first, and a page has few.
      return `(SELECT true FROM ${owner} AS owner WHERE owner.id = ${table}.${owner}_id)`
  }
}

/** Expressions for `of` where the column is named otherwise, or the table is the owner itself. */
export const reached = {
  tenant: reachedTenant,
  administrator: (column: string): string => `${column} = (SELECT ${self})`,
  domain: (column: string): string => among(column, 'reached_domains'),
  /** The row of the tenant itself, and no more of it. */
  named: (column: string): string => among(column, 'named_tenants'),
  /** Without a look at the tenant, which may be gone, or about to be made. */
  path: (column: string): string => `(${column} <@ ANY ((SELECT reached_paths('mailfleet.subtrees'))::ltree[])
    OR ${column} = ANY ((SELECT reached_paths('mailfleet.tenants'))::ltree[]))`,
}

/** True where it is, and null as well as false where it is not: see above. */
export const nearlyAlways = (condition: string): string => `nullif(${condition}, false) IS NOT NULL`

export async function protectTable(runner: QueryRunner, { table, of }: ProtectedTable): Promise<void> {
  const owners = Array.isArray(of) ? (of as readonly Owner[]) : [of as Owner]
  const condition = owners.map((owner) => conditionOf(owner, table)).join(' OR ')
  await runner.query(`
    ALTER TABLE ${table} ENABLE ROW LEVEL SECURITY;
    CREATE POLICY ${table}_reached ON ${table} TO ${viewerRole} USING (${nearlyAlways(condition)});
    GRANT SELECT, INSERT, UPDATE, DELETE ON ${table} TO ${viewerRole};
  `)
}

/** A table that has nothing of a tenant's: what requests may do with it. */
export async function openTable(runner: QueryRunner, table: string, privileges: 'SELECT' | 'INSERT'): Promise<void> {
  await runner.query(`GRANT ${privileges} ON ${table} TO ${viewerRole}`)
}

export async function stopProtecting(runner: QueryRunner, table: string): Promise<void> {
  await runner.query(`
    DROP POLICY ${table}_reached ON ${table};
    ALTER TABLE ${table} DISABLE ROW LEVEL SECURITY;
    REVOKE ALL ON ${table} FROM ${viewerRole};
  `)
}
