/** Identity sources, whom they govern, and what they call those. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable, stopProtecting } from '../access/index.js'
import { auditTable, stopAuditing } from '../audit/index.js'

const ofSource = (table: string) => ({
  sql: `EXISTS (SELECT FROM identity_source AS owner WHERE owner.id = ${table}.identity_source_id)`,
})
const protectedTables = [
  { table: 'identity_source', of: 'tenant' },
  { table: 'identity_source_domain', of: ofSource('identity_source_domain') },
  { table: 'external_identity', of: ['administrator', 'mailbox'] },
  { table: 'scim_group', of: ofSource('scim_group') },
  {
    table: 'scim_group_member',
    of: { sql: 'EXISTS (SELECT FROM scim_group AS owner WHERE owner.id = scim_group_member.scim_group_id)' },
  },
] as const

export class IdentitySources1766000000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE identity_source (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT identity_source_tenant_fk REFERENCES tenant (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('OIDC', 'LDAP', 'SCIM')),
        name text NOT NULL,
        status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
        email_domains text[] NOT NULL DEFAULT '{}',
        default_role text,
        role_mapping jsonb NOT NULL DEFAULT '[]',
        local_sign_in boolean NOT NULL DEFAULT true,
        creates_administrators boolean NOT NULL DEFAULT false,
        settings jsonb NOT NULL,
        sealed_secret bytea,
        token_hash bytea,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX identity_source_name_key ON identity_source (tenant_id, lower(name));
      CREATE INDEX identity_source_created_idx ON identity_source (created_at, id);

      -- To which source an e-mail domain leads: to one at most.
      CREATE TABLE identity_source_domain (
        domain text CONSTRAINT identity_source_domain_key PRIMARY KEY,
        identity_source_id uuid NOT NULL REFERENCES identity_source (id) ON DELETE CASCADE
      );
      CREATE INDEX identity_source_domain_source_idx ON identity_source_domain (identity_source_id);

      -- Null: nobody but this control plane says how they sign in.
      ALTER TABLE administrator ADD COLUMN identity_source_id uuid
        CONSTRAINT administrator_identity_source_fk REFERENCES identity_source (id) ON DELETE SET NULL;
      CREATE INDEX administrator_identity_source_idx ON administrator (identity_source_id)
        WHERE identity_source_id IS NOT NULL;

      -- Null: given by somebody; else by a source, which takes it away again.
      ALTER TABLE role_assignment ADD COLUMN identity_source_id uuid REFERENCES identity_source (id) ON DELETE CASCADE;

      -- The same person there and here: by an id that is theirs for good, never by an address.
      CREATE TABLE external_identity (
        id uuid PRIMARY KEY,
        identity_source_id uuid NOT NULL REFERENCES identity_source (id) ON DELETE CASCADE,
        -- OIDC: of whom the subject is; else empty.
        issuer text NOT NULL DEFAULT '',
        subject text NOT NULL,
        administrator_id uuid REFERENCES administrator (id) ON DELETE CASCADE,
        mailbox_id uuid REFERENCES mailbox (id) ON DELETE CASCADE,
        -- False: the source has deactivated them, and may activate them again.
        active boolean NOT NULL DEFAULT true,
        -- What the source says of them, as far as it is told again (SCIM).
        attributes jsonb NOT NULL DEFAULT '{}',
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        seen_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT external_identity_subject_key UNIQUE (identity_source_id, issuer, subject),
        CONSTRAINT external_identity_administrator_key UNIQUE (identity_source_id, administrator_id),
        CONSTRAINT external_identity_mailbox_key UNIQUE (identity_source_id, mailbox_id),
        CONSTRAINT external_identity_owner_check CHECK (num_nonnulls(administrator_id, mailbox_id) = 1)
      );
      CREATE INDEX external_identity_administrator_idx ON external_identity (administrator_id);
      CREATE INDEX external_identity_mailbox_idx ON external_identity (mailbox_id);

      CREATE TABLE single_sign_on_flow (
        id uuid PRIMARY KEY,
        identity_source_id uuid NOT NULL REFERENCES identity_source (id) ON DELETE CASCADE,
        state_hash bytea NOT NULL UNIQUE,
        -- The browser that began it is the one that comes back.
        browser_hash bytea NOT NULL,
        nonce text NOT NULL,
        sealed_verifier bytea NOT NULL,
        redirect_uri text NOT NULL,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX single_sign_on_flow_expires_idx ON single_sign_on_flow (expires_at);

      CREATE TABLE scim_group (
        id uuid PRIMARY KEY,
        identity_source_id uuid NOT NULL REFERENCES identity_source (id) ON DELETE CASCADE,
        display_name text NOT NULL,
        external_id text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE UNIQUE INDEX scim_group_name_key ON scim_group (identity_source_id, lower(display_name));
      CREATE TABLE scim_group_member (
        scim_group_id uuid NOT NULL REFERENCES scim_group (id) ON DELETE CASCADE,
        external_identity_id uuid NOT NULL REFERENCES external_identity (id) ON DELETE CASCADE,
        PRIMARY KEY (scim_group_id, external_identity_id)
      );
      CREATE INDEX scim_group_member_identity_idx ON scim_group_member (external_identity_id);
    `)
    await auditTable(runner, {
      table: 'identity_source',
      subject: 'IdentitySource',
      tenant: 'item.tenant_id',
      label: 'item.name',
      secret: ['sealed_secret', 'token_hash'],
    })
    await auditTable(runner, {
      table: 'external_identity',
      subject: 'ExternalIdentity',
      tenant: '(SELECT source.tenant_id FROM identity_source AS source WHERE source.id = item.identity_source_id)',
      label: 'item.subject',
      ignored: ['seen_at'],
    })
    await auditTable(runner, {
      table: 'scim_group',
      subject: 'ScimGroup',
      tenant: '(SELECT source.tenant_id FROM identity_source AS source WHERE source.id = item.identity_source_id)',
      label: 'item.display_name',
    })
    await auditTable(runner, {
      table: 'scim_group_member',
      subject: 'ScimGroupMember',
      id: 'item.external_identity_id',
      key: ['scim_group_id', 'external_identity_id'],
      tenant: `(SELECT source.tenant_id FROM scim_group JOIN identity_source AS source
        ON source.id = scim_group.identity_source_id WHERE scim_group.id = item.scim_group_id)`,
      label: '(SELECT scim_group.display_name FROM scim_group WHERE scim_group.id = item.scim_group_id)',
    })
    for (const table of protectedTables) await protectTable(runner, table)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { table } of [...protectedTables].reverse()) await stopProtecting(runner, table)
    for (const table of ['scim_group_member', 'scim_group', 'external_identity', 'identity_source']) {
      await stopAuditing(runner, table)
    }
    await runner.query(`
      DROP TABLE scim_group_member, scim_group, single_sign_on_flow, external_identity;
      ALTER TABLE role_assignment DROP COLUMN identity_source_id;
      ALTER TABLE administrator DROP COLUMN identity_source_id;
      DROP TABLE identity_source_domain, identity_source;
    `)
  }
}
