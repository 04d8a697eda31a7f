/** The tenant tree, administrators, and what they sign in with. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class TenantsAndAccess1764000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      -- Both are trusted: the owner of the database may create them.
      CREATE EXTENSION IF NOT EXISTS ltree;
      CREATE EXTENSION IF NOT EXISTS pg_trgm;

      CREATE TABLE tenant (
        id uuid PRIMARY KEY,
        parent_id uuid REFERENCES tenant (id),
        -- Ids without their dashes from the root down; never changes.
        path ltree NOT NULL,
        name text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('PLATFORM', 'RESELLER', 'CUSTOMER')),
        status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT tenant_root_check CHECK ((kind = 'PLATFORM') = (parent_id IS NULL))
      );
      CREATE UNIQUE INDEX tenant_one_root_key ON tenant ((true)) WHERE parent_id IS NULL;
      CREATE UNIQUE INDEX tenant_name_key ON tenant (parent_id, lower(name));
      CREATE UNIQUE INDEX tenant_path_key ON tenant (path);
      CREATE INDEX tenant_path_gist ON tenant USING gist (path);
      CREATE INDEX tenant_suspended_gist ON tenant USING gist (path) WHERE status = 'SUSPENDED';
      CREATE INDEX tenant_name_idx ON tenant (lower(name), id);
      CREATE INDEX tenant_name_trgm ON tenant USING gin (lower(name) gin_trgm_ops);
      CREATE INDEX tenant_created_at_idx ON tenant (created_at, id);

      CREATE TABLE administrator (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT administrator_tenant_fk REFERENCES tenant (id),
        email text NOT NULL,
        name text NOT NULL,
        role text NOT NULL CHECK (role IN ('PLATFORM_ADMIN', 'RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT')),
        status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
        password_hash text NOT NULL,
        last_sign_in_at timestamptz,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      -- In normal form: lower case.
      CREATE UNIQUE INDEX administrator_email_key ON administrator (email);
      CREATE INDEX administrator_email_idx ON administrator (email, id);
      CREATE INDEX administrator_tenant_idx ON administrator (tenant_id);
      CREATE INDEX administrator_created_at_idx ON administrator (created_at, id);
      CREATE INDEX administrator_email_trgm ON administrator USING gin (email gin_trgm_ops);
      CREATE INDEX administrator_name_trgm ON administrator USING gin (lower(name) gin_trgm_ops);

      CREATE TABLE session (
        id uuid PRIMARY KEY,
        administrator_id uuid NOT NULL REFERENCES administrator (id) ON DELETE CASCADE,
        token_hash bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX session_administrator_idx ON session (administrator_id);
      CREATE INDEX session_expires_at_idx ON session (expires_at);

      CREATE TABLE api_token (
        id uuid PRIMARY KEY,
        administrator_id uuid NOT NULL REFERENCES administrator (id) ON DELETE CASCADE,
        name text NOT NULL,
        token_hash bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz,
        last_used_at timestamptz
      );
      CREATE INDEX api_token_administrator_idx ON api_token (administrator_id, created_at, id);

      -- The layout that rate-limiter-flexible works with.
      CREATE TABLE sign_in_attempt (
        key varchar(255) PRIMARY KEY,
        points integer NOT NULL DEFAULT 0,
        expire bigint
      );
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sign_in_attempt, api_token, session, administrator, tenant')
  }
}
