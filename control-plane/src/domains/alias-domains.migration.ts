/**
 * Domains that stand for another one of the same tenant. Wherever the other one goes, to another node or tenant and by whatever path,
 * they go with it: keys and a trigger see to it.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class AliasDomains1766000000401 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE domain
        ADD COLUMN alias_of_id uuid CHECK (alias_of_id <> id),
        ADD CONSTRAINT domain_tenant_key UNIQUE (id, tenant_id),
        ADD CONSTRAINT domain_alias_of_fk FOREIGN KEY (alias_of_id, tenant_id) REFERENCES domain (id, tenant_id)
          ON UPDATE CASCADE,
        ADD CONSTRAINT domain_alias_catches_nothing CHECK (alias_of_id IS NULL OR catch_all IS NULL);
      CREATE INDEX domain_alias_of_idx ON domain (alias_of_id) WHERE alias_of_id IS NOT NULL;

      CREATE FUNCTION alias_domains_follow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        UPDATE domain SET mail_node_id = NEW.mail_node_id WHERE alias_of_id = NEW.id;
        RETURN NULL;
      END $$;
      CREATE TRIGGER domain_takes_aliases_along AFTER UPDATE OF mail_node_id ON domain
        FOR EACH ROW WHEN (NEW.mail_node_id IS DISTINCT FROM OLD.mail_node_id) EXECUTE FUNCTION alias_domains_follow();
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER domain_takes_aliases_along ON domain;
      DROP FUNCTION alias_domains_follow;
      ALTER TABLE domain DROP COLUMN alias_of_id, DROP CONSTRAINT domain_tenant_key;
    `)
  }
}
