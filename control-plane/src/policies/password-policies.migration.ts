/** Former passwords, for PASSWORD_REUSE, and a fast answer to who demands a second factor by TWO_FACTOR. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class PasswordPolicies1766000000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE former_password (
        -- Of version 7: in the order in which they were replaced.
        id uuid PRIMARY KEY,
        administrator_id uuid REFERENCES administrator (id) ON DELETE CASCADE,
        mailbox_id uuid REFERENCES mailbox (id) ON DELETE CASCADE,
        password_hash text NOT NULL,
        CONSTRAINT former_password_owner_check CHECK (num_nonnulls(administrator_id, mailbox_id) = 1)
      );
      CREATE INDEX former_password_administrator_idx ON former_password (administrator_id, id)
        WHERE administrator_id IS NOT NULL;
      CREATE INDEX former_password_mailbox_idx ON former_password (mailbox_id, id) WHERE mailbox_id IS NOT NULL;
      CREATE INDEX policy_two_factor_idx ON policy (tenant_id)
        WHERE tenant_id IS NOT NULL AND settings ? 'TWO_FACTOR';
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP INDEX policy_two_factor_idx; DROP TABLE former_password;`)
  }
}
