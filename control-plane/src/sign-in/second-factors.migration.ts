/** Second factors, the steps between a password and a session, what a session tells of its device, and scopes of API tokens. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class SecondFactors1765000000201 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const owner = 'administrator_id uuid NOT NULL REFERENCES administrator (id) ON DELETE CASCADE'
    await runner.query(`
      CREATE TABLE totp_credential (
        id uuid PRIMARY KEY,
        ${owner},
        sealed_secret bytea NOT NULL,
        -- Of the last code that was used: it and all before it are worth nothing any more (RFC 6238 section 5.2).
        last_step bigint NOT NULL DEFAULT 0,
        confirmed_at timestamptz,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      -- One in use, and one that is being set up.
      CREATE UNIQUE INDEX totp_credential_key ON totp_credential (administrator_id, (confirmed_at IS NULL));

      CREATE TABLE recovery_code (
        id uuid PRIMARY KEY,
        ${owner},
        code_hash bytea NOT NULL,
        used_at timestamptz
      );
      CREATE UNIQUE INDEX recovery_code_key ON recovery_code (administrator_id, code_hash);

      CREATE TABLE passkey (
        id uuid PRIMARY KEY,
        ${owner},
        name text NOT NULL,
        credential_id text NOT NULL UNIQUE,
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL,
        transports text[] NOT NULL,
        backed_up boolean NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_used_at timestamptz
      );
      CREATE INDEX passkey_administrator_idx ON passkey (administrator_id, created_at, id);

      CREATE TABLE sign_in_step (
        id uuid PRIMARY KEY,
        token_hash bytea NOT NULL UNIQUE,
        kind text NOT NULL CHECK (kind IN ('SECOND_FACTOR', 'PASSKEY_SIGN_IN', 'CONFIRMATION', 'PASSKEY_REGISTRATION')),
        -- Null: whoever has the passkey.
        administrator_id uuid REFERENCES administrator (id) ON DELETE CASCADE,
        session_id uuid REFERENCES session (id) ON DELETE CASCADE,
        challenge text,
        origin text,
        failures integer NOT NULL DEFAULT 0,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX sign_in_step_administrator_idx ON sign_in_step (administrator_id);
      CREATE INDEX sign_in_step_session_idx ON sign_in_step (session_id);
      CREATE INDEX sign_in_step_expires_at_idx ON sign_in_step (expires_at);

      ALTER TABLE session
        ADD COLUMN ip_address text,
        ADD COLUMN user_agent text,
        ADD COLUMN method text NOT NULL DEFAULT 'PASSWORD',
        -- When it was last shown that its owner sits there.
        ADD COLUMN confirmed_at timestamptz,
        ADD COLUMN second_factor boolean NOT NULL DEFAULT false;
      CREATE INDEX session_created_at_idx ON session (created_at, id);

      ALTER TABLE tenant ADD COLUMN require_two_factor boolean NOT NULL DEFAULT false;
      CREATE INDEX tenant_two_factor_gist ON tenant USING gist (path) WHERE require_two_factor;

      ALTER TABLE api_token
        -- Null: all that its administrator may. Else a list of RuleTemplate, and where they hold.
        ADD COLUMN rules jsonb,
        ADD COLUMN tenant_id uuid REFERENCES tenant (id) ON DELETE CASCADE,
        ADD COLUMN ip_ranges text[] NOT NULL DEFAULT '{}',
        ADD COLUMN last_used_ip text;
      CREATE INDEX api_token_tenant_idx ON api_token (tenant_id) WHERE tenant_id IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- A token that may do little must not come to do everything.
      DELETE FROM api_token WHERE rules IS NOT NULL OR ip_ranges <> '{}';
      ALTER TABLE api_token DROP COLUMN rules, DROP COLUMN tenant_id, DROP COLUMN ip_ranges, DROP COLUMN last_used_ip;
      DROP INDEX tenant_two_factor_gist;
      ALTER TABLE tenant DROP COLUMN require_two_factor;
      DROP TABLE sign_in_step, passkey, recovery_code, totp_credential;
      ALTER TABLE session DROP COLUMN ip_address, DROP COLUMN user_agent, DROP COLUMN method, DROP COLUMN confirmed_at,
        DROP COLUMN second_factor;
    `)
  }
}
