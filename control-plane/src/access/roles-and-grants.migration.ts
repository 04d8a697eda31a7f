/** Roles as data, to whom they are given and where, grants, and sessions in which one acts as somebody else. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class RolesAndGrants1765000000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const versioned = `
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()`
    await runner.query(`
      ALTER TABLE administrator DROP CONSTRAINT administrator_role_check;
      ALTER TABLE administrator ADD CONSTRAINT administrator_role_check
        CHECK (role IN ('PLATFORM_ADMIN', 'RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT', 'CUSTOM'));

      CREATE TABLE access_role (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT access_role_tenant_fk REFERENCES tenant (id) ON DELETE CASCADE,
        name text NOT NULL,
        description text NOT NULL DEFAULT '',
        -- A list of RuleTemplate (access/rule-template.ts).
        rules jsonb NOT NULL,
        ${versioned}
      );
      CREATE UNIQUE INDEX access_role_name_key ON access_role (tenant_id, lower(name));
      CREATE INDEX access_role_name_idx ON access_role (lower(name), id);

      CREATE TABLE role_assignment (
        id uuid PRIMARY KEY,
        administrator_id uuid NOT NULL REFERENCES administrator (id) ON DELETE CASCADE,
        built_in text CHECK (built_in IN ('RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT')),
        access_role_id uuid CONSTRAINT role_assignment_role_fk REFERENCES access_role (id),
        tenant_id uuid NOT NULL CONSTRAINT role_assignment_tenant_fk REFERENCES tenant (id) ON DELETE CASCADE,
        expires_at timestamptz,
        given_by_id uuid REFERENCES administrator (id) ON DELETE SET NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT role_assignment_one_role_check CHECK ((built_in IS NULL) <> (access_role_id IS NULL))
      );
      CREATE UNIQUE INDEX role_assignment_key ON role_assignment
        (administrator_id, tenant_id, coalesce(access_role_id::text, built_in));
      CREATE INDEX role_assignment_role_idx ON role_assignment (access_role_id);
      CREATE INDEX role_assignment_tenant_idx ON role_assignment (tenant_id);
      CREATE INDEX role_assignment_created_at_idx ON role_assignment (created_at, id);

      CREATE TABLE access_grant (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT access_grant_tenant_fk REFERENCES tenant (id) ON DELETE CASCADE,
        -- Null where nobody had that address: the giver is not told.
        receiver_id uuid REFERENCES administrator (id) ON DELETE CASCADE,
        receiver_email text NOT NULL,
        state text NOT NULL CHECK (state IN ('REQUESTED', 'ACTIVE', 'DECLINED', 'REVOKED')),
        reason text NOT NULL,
        rules jsonb NOT NULL,
        expires_at timestamptz NOT NULL,
        decided_by_id uuid REFERENCES administrator (id) ON DELETE SET NULL,
        decided_at timestamptz,
        ${versioned}
      );
      CREATE INDEX access_grant_receiver_idx ON access_grant (receiver_id, state);
      CREATE INDEX access_grant_tenant_idx ON access_grant (tenant_id);
      CREATE INDEX access_grant_created_at_idx ON access_grant (created_at, id);

      ALTER TABLE session
        ADD COLUMN impersonated_id uuid REFERENCES administrator (id) ON DELETE SET NULL,
        ADD COLUMN impersonation_ends_at timestamptz,
        ADD COLUMN impersonation_reason text;
      CREATE INDEX session_impersonated_idx ON session (impersonated_id) WHERE impersonated_id IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE session DROP COLUMN impersonated_id, DROP COLUMN impersonation_ends_at, DROP COLUMN impersonation_reason;
      DROP TABLE access_grant, role_assignment, access_role;
      UPDATE administrator SET role = 'SUPPORT' WHERE role = 'CUSTOM';
      ALTER TABLE administrator DROP CONSTRAINT administrator_role_check;
      ALTER TABLE administrator ADD CONSTRAINT administrator_role_check
        CHECK (role IN ('PLATFORM_ADMIN', 'RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT'));
    `)
  }
}
