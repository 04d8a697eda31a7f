/** Issuers of access tokens that a node's mailboxes may be signed in to with; none on the nodes that there are. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class OauthIssuers1765000000602 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE mail_node ADD COLUMN oauth_issuers jsonb NOT NULL DEFAULT '[]'`)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE mail_node DROP COLUMN oauth_issuers')
  }
}
