/** Policies in the form that the planner estimates well (protected-table.ts), for tables that were protected before it was found. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { nearlyAlways } from './protected-table.js'

interface Policy {
  table: string
  /** As PostgreSQL writes it. */
  condition: string
}

export class PolicyEstimates1767000000601 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const { table, condition } of await policiesOf(runner)) {
      const estimated = condition.startsWith('(NULLIF(') ? condition : nearlyAlways(condition)
      await alter(runner, table, estimated.replaceAll(anOwner, '( SELECT true$1)'))
    }
  }

  /** The form before means the same. */
  async down(): Promise<void> {}
}

const anOwner = /\(EXISTS \( SELECT(\s+FROM \w+ owner\s+WHERE \(owner\.id = \w+\.\w+\))\)\)/g

const policiesOf = (runner: QueryRunner): Promise<Policy[]> =>
  runner.query(
    `SELECT polrelid::regclass::text AS "table", pg_get_expr(polqual, polrelid) AS condition
     FROM pg_policy JOIN pg_class ON pg_class.oid = polrelid
     WHERE relnamespace = current_schema()::regnamespace AND polname = relname || '_reached'`,
  )

const alter = (runner: QueryRunner, table: string, condition: string): Promise<unknown> =>
  runner.query(`ALTER POLICY ${table}_reached ON ${table} USING (${condition})`)
