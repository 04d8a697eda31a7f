/** Who demanded how an attempt to send was secured: TLSA records, an MTA-STS policy. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class MailEventTlsPolicy1767000000401 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mail_event ADD COLUMN tls_policy text')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mail_event DROP COLUMN tls_policy')
  }
}
