/** Whether a suspended tenant still receives. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class TenantReceiving1765000000104 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tenant ADD COLUMN receives_while_suspended boolean NOT NULL DEFAULT false')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE tenant DROP COLUMN receives_while_suspended')
  }
}
