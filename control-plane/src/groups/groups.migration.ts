/** Groups. Each takes two addresses: its own, and the one to which its bounces come. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable } from '../audit/audited-table.js'

export class Groups1766000000402 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail_group (
        id uuid PRIMARY KEY,
        domain_id uuid NOT NULL CONSTRAINT mail_group_domain_fk REFERENCES domain (id),
        local_part text NOT NULL,
        address text NOT NULL,
        owner_address text NOT NULL,
        name text NOT NULL,
        status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
        members text[] NOT NULL CHECK (cardinality(members) <= 1000),
        owners text[] NOT NULL CHECK (cardinality(owners) BETWEEN 1 AND 20),
        posting text NOT NULL CHECK (posting IN ('ANYONE', 'MEMBERS', 'OWNERS', 'NAMED')),
        posters text[] NOT NULL CHECK (cardinality(posters) <= 100),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX mail_group_domain_idx ON mail_group (domain_id, id);
      CREATE INDEX mail_group_address_idx ON mail_group (address, id);
      CREATE INDEX mail_group_name_idx ON mail_group (lower(name), id);
      CREATE INDEX mail_group_created_at_idx ON mail_group (created_at, id);
      CREATE INDEX mail_group_address_trgm ON mail_group USING gin (address gin_trgm_ops);
      CREATE INDEX mail_group_members_gin ON mail_group USING gin (members);

      CREATE TRIGGER mail_group_takes_address AFTER INSERT ON mail_group
        FOR EACH ROW EXECUTE FUNCTION take_mail_address();
      CREATE TRIGGER mail_group_releases_address AFTER DELETE ON mail_group
        FOR EACH ROW EXECUTE FUNCTION release_mail_address();
      CREATE FUNCTION take_owner_address() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO mail_address (address, owner_id) VALUES (NEW.owner_address, NEW.id);
        RETURN NEW;
      END $$;
      CREATE FUNCTION release_owner_address() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM mail_address WHERE address = OLD.owner_address AND owner_id = OLD.id;
        RETURN OLD;
      END $$;
      CREATE TRIGGER mail_group_takes_owner_address AFTER INSERT ON mail_group
        FOR EACH ROW EXECUTE FUNCTION take_owner_address();
      CREATE TRIGGER mail_group_releases_owner_address AFTER DELETE ON mail_group
        FOR EACH ROW EXECUTE FUNCTION release_owner_address();
      CREATE TRIGGER mail_group_keeps_address BEFORE UPDATE OF address, owner_address ON mail_group
        FOR EACH ROW WHEN (NEW.address <> OLD.address OR NEW.owner_address <> OLD.owner_address)
        EXECUTE FUNCTION refuse_new_mail_address();
    `)
    await auditTable(runner, {
      table: 'mail_group',
      subject: 'Group',
      tenant: '(SELECT domain.tenant_id FROM domain WHERE domain.id = item.domain_id)',
      label: 'item.address',
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DELETE FROM mail_address WHERE owner_id IN (SELECT id FROM mail_group);
      DROP TABLE mail_group;
      DROP FUNCTION take_owner_address, release_owner_address, audit_mail_group;
    `)
  }
}
