/** Names without their marks, so that who types `nguyen` finds Nguyễn. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

const indexes = [
  ['tenant', 'name'],
  ['administrator', 'name'],
  ['domain', 'display_name'],
  ['mailbox', 'name'],
  ['mail_group', 'name'],
] as const

export class Search1766000001501 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // As search-text.ts folds what is typed.
    await runner.query(`
      CREATE FUNCTION search_folded(text) RETURNS text IMMUTABLE STRICT PARALLEL SAFE LANGUAGE sql AS $$
        SELECT normalize(translate(regexp_replace(normalize(lower($1), NFD), '[\\u0300-\\u036f]', '', 'g'), 'đ', 'd'), NFC) $$;
    `)
    for (const [table, column] of indexes) {
      await runner.query(
        `CREATE INDEX ${table}_folded_trgm ON ${table} USING gin (search_folded(${column}) gin_trgm_ops)`,
      )
    }
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table] of indexes) await runner.query(`DROP INDEX ${table}_folded_trgm`)
    await runner.query('DROP FUNCTION search_folded')
  }
}
