/** What was found out about where a message comes from, and the folder that it was put into for that. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class MailEventAuthentication1766000000302 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mail_event ADD COLUMN authentication text, ADD COLUMN folder text')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mail_event DROP COLUMN authentication, DROP COLUMN folder')
  }
}
