/** With what somebody signed in: the first factor is kept over the step that comes between, the second with the session. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class SignInMethod1765000000202 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Null: of a step of another kind.
      ALTER TABLE sign_in_step ADD COLUMN method text;
      UPDATE sign_in_step SET method = 'PASSWORD' WHERE kind = 'SECOND_FACTOR';
      -- Null: none was asked for, or the session began before this was kept.
      ALTER TABLE session ADD COLUMN factor text;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE sign_in_step DROP COLUMN method;
      ALTER TABLE session DROP COLUMN factor;
    `)
  }
}
