/** SCRAM verifiers of mailboxes. Those that have a password already get one when it is set anew: only then is it known. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class MailboxScram1765000000601 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mailbox ADD COLUMN scram jsonb')
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mailbox DROP COLUMN scram')
  }
}
