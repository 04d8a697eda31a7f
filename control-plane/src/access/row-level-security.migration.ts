/**
 * The role that requests run as, and how far it reaches. Its policies are those of `protectTable`; of the settings that they
 * look at, an empty one is as none: nothing is reached.
 *
 * The role belongs to the whole server of PostgreSQL and to nobody: it cannot log in. Where the owner of the database may not make
 * roles, somebody else makes it once; without it the control plane does not start.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { viewerRole } from './reach.js'

export class RowLevelSecurity1766000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await makeViewerRole(runner)
    const [{ schema }] = await runner.query('SELECT current_schema() AS schema')
    const definer = `STABLE SECURITY DEFINER SET search_path = ${schema}, pg_temp LANGUAGE sql`
    await runner.query(`
      GRANT USAGE ON SCHEMA ${schema} TO ${viewerRole};

      CREATE FUNCTION reached_texts(setting text) RETURNS text[] STABLE LANGUAGE sql AS
        $$ SELECT string_to_array(nullif(current_setting(setting, true), ''), ',') $$;
      CREATE FUNCTION reached_paths(setting text) RETURNS ltree[] STABLE LANGUAGE sql AS
        $$ SELECT reached_texts(setting)::ltree[] $$;

      -- These look behind the policies, or policies would ask for each other without end; they tell only of what is reached.
      CREATE FUNCTION reached_tenants() RETURNS uuid[] ${definer} AS $$
        SELECT array_agg(reached.id) FROM (
          SELECT tenant.id FROM unnest(reached_paths('mailfleet.subtrees')) AS above (path)
            JOIN tenant ON tenant.path <@ above.path
          UNION SELECT id FROM tenant WHERE path = ANY (reached_paths('mailfleet.tenants'))) AS reached $$;
      CREATE FUNCTION reached_domains() RETURNS uuid[] ${definer} AS $$
        SELECT array_agg(domain.id) FROM domain JOIN tenant ON tenant.id = domain.tenant_id
        WHERE domain.id = ANY (reached_texts('mailfleet.domains')::uuid[])
          AND tenant.path <@ ANY (reached_paths('mailfleet.domain_places')) $$;
      -- Tenants by name only: those of single domains, and where one has a grant or a role oneself, in force or not.
      CREATE FUNCTION named_tenants() RETURNS uuid[] ${definer} AS $$
        SELECT array_agg(tenant_id) FROM (
          SELECT tenant_id FROM domain WHERE id = ANY (reached_domains())
          UNION SELECT tenant_id FROM access_grant WHERE receiver_id = nullif(current_setting('mailfleet.self', true), '')::uuid
          UNION SELECT tenant_id FROM role_assignment
            WHERE administrator_id = nullif(current_setting('mailfleet.self', true), '')::uuid) AS named $$;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    const [{ schema }] = await runner.query('SELECT current_schema() AS schema')
    await runner.query(`
      DROP FUNCTION named_tenants, reached_domains, reached_tenants, reached_paths, reached_texts;
      REVOKE ALL ON SCHEMA ${schema} FROM ${viewerRole};
    `)
  }
}

/** Other databases of the server may have made it, or make it now. */
async function makeViewerRole(runner: QueryRunner): Promise<void> {
  const usable = `SELECT pg_has_role(oid, 'MEMBER') AS usable FROM pg_roles WHERE rolname = $1`
  const [found] = await runner.query(usable, [viewerRole])
  if (found?.usable) return
  const [{ owner }] = await runner.query('SELECT quote_ident(current_user) AS owner')
  try {
    await runner.query(`
      DO $$ BEGIN
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${viewerRole}') THEN
          CREATE ROLE ${viewerRole} NOLOGIN;
        END IF;
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
      END $$;
      DO $$ BEGIN
        IF NOT pg_has_role('${viewerRole}', 'MEMBER') THEN
          GRANT ${viewerRole} TO CURRENT_USER;
        END IF;
      END $$;
    `)
  } catch (error) {
    if ((error as { code?: unknown }).code !== insufficientPrivilege) throw error
    throw new Error(
      `The role ${viewerRole} is missing and ${owner} may not make it. Let somebody who may run, once: ` +
        `CREATE ROLE ${viewerRole} NOLOGIN; GRANT ${viewerRole} TO ${owner};`,
      { cause: error },
    )
  }
}

const insufficientPrivilege = '42501'
