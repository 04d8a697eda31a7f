/** Who suspended somebody: the source, which may take it back, or somebody here, which it may not. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class SourceSuspensions1766000001101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE external_identity ADD COLUMN suspended boolean NOT NULL DEFAULT false;
      UPDATE external_identity SET suspended = true WHERE NOT active;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE external_identity DROP COLUMN suspended')
  }
}
