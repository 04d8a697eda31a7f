/** Domains and the addresses in them. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Domains1764000000003 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const versioned = `
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()`
    const status = `status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED'))`
    await runner.query(`
      CREATE TABLE domain (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT domain_tenant_fk REFERENCES tenant (id),
        -- A-labels in lower case.
        name text NOT NULL CONSTRAINT domain_name_key UNIQUE,
        -- U-labels, to search in.
        display_name text NOT NULL,
        ${status},
        mail_node_id uuid CONSTRAINT domain_mail_node_fk REFERENCES mail_node (id),
        catch_all text,
        ${versioned}
      );
      CREATE INDEX domain_name_idx ON domain (name, id);
      CREATE INDEX domain_tenant_idx ON domain (tenant_id, name, id);
      CREATE INDEX domain_mail_node_idx ON domain (mail_node_id, id);
      CREATE INDEX domain_created_at_idx ON domain (created_at, id);
      CREATE INDEX domain_name_trgm ON domain USING gin (name gin_trgm_ops);
      CREATE INDEX domain_display_name_trgm ON domain USING gin (display_name gin_trgm_ops);

      CREATE TABLE mailbox (
        id uuid PRIMARY KEY,
        domain_id uuid NOT NULL CONSTRAINT mailbox_domain_fk REFERENCES domain (id),
        local_part text NOT NULL,
        address text NOT NULL,
        name text NOT NULL,
        ${status},
        password_hash text NOT NULL,
        quota_bytes bigint CHECK (quota_bytes >= 0),
        ${versioned}
      );
      CREATE INDEX mailbox_domain_idx ON mailbox (domain_id, id);
      CREATE INDEX mailbox_domain_address_idx ON mailbox (domain_id, address, id);
      CREATE INDEX mailbox_address_idx ON mailbox (address, id);
      CREATE INDEX mailbox_name_idx ON mailbox (lower(name), id);
      CREATE INDEX mailbox_created_at_idx ON mailbox (created_at, id);
      CREATE INDEX mailbox_address_trgm ON mailbox USING gin (address gin_trgm_ops);
      CREATE INDEX mailbox_name_trgm ON mailbox USING gin (lower(name) gin_trgm_ops);

      CREATE TABLE alias (
        id uuid PRIMARY KEY,
        domain_id uuid NOT NULL CONSTRAINT alias_domain_fk REFERENCES domain (id),
        local_part text NOT NULL,
        address text NOT NULL,
        ${status},
        targets text[] NOT NULL CHECK (cardinality(targets) BETWEEN 1 AND 100),
        ${versioned}
      );
      CREATE INDEX alias_domain_idx ON alias (domain_id, id);
      CREATE INDEX alias_domain_address_idx ON alias (domain_id, address, id);
      CREATE INDEX alias_address_idx ON alias (address, id);
      CREATE INDEX alias_created_at_idx ON alias (created_at, id);
      CREATE INDEX alias_address_trgm ON alias USING gin (address gin_trgm_ops);
      CREATE INDEX alias_targets_gin ON alias USING gin (targets);

      CREATE TABLE forward (
        id uuid PRIMARY KEY,
        mailbox_id uuid NOT NULL CONSTRAINT forward_mailbox_key UNIQUE
          CONSTRAINT forward_mailbox_fk REFERENCES mailbox (id) ON DELETE CASCADE,
        ${status},
        targets text[] NOT NULL CHECK (cardinality(targets) BETWEEN 1 AND 20),
        keep_copy boolean NOT NULL,
        ${versioned}
      );
      CREATE INDEX forward_created_at_idx ON forward (created_at, id);
      CREATE INDEX forward_targets_gin ON forward USING gin (targets);

      -- Each address once, whoever has it: what a mailbox takes no alias can. Addresses never change.
      CREATE TABLE mail_address (
        address text CONSTRAINT mail_address_key PRIMARY KEY,
        owner_id uuid NOT NULL
      );
      CREATE FUNCTION take_mail_address() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO mail_address (address, owner_id) VALUES (NEW.address, NEW.id);
        RETURN NEW;
      END $$;
      CREATE FUNCTION release_mail_address() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        DELETE FROM mail_address WHERE address = OLD.address AND owner_id = OLD.id;
        RETURN OLD;
      END $$;
      CREATE FUNCTION refuse_new_mail_address() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        RAISE EXCEPTION 'an address never changes' USING ERRCODE = 'restrict_violation';
      END $$;
    `)
    for (const table of ['mailbox', 'alias']) {
      await runner.query(`
        CREATE TRIGGER ${table}_takes_address AFTER INSERT ON ${table}
          FOR EACH ROW EXECUTE FUNCTION take_mail_address();
        CREATE TRIGGER ${table}_releases_address AFTER DELETE ON ${table}
          FOR EACH ROW EXECUTE FUNCTION release_mail_address();
        CREATE TRIGGER ${table}_keeps_address BEFORE UPDATE OF address ON ${table}
          FOR EACH ROW WHEN (NEW.address <> OLD.address) EXECUTE FUNCTION refuse_new_mail_address();
      `)
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE forward, alias, mailbox, domain, mail_address;
      DROP FUNCTION take_mail_address, release_mail_address, refuse_new_mail_address;
    `)
  }
}
