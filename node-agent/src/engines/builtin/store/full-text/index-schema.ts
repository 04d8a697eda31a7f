/**
 * Tables of one account's index. An entry is one content with one prefix, so that copies share it; the tag (a piece of the content's
 * checksum) proves that the content is the one that was indexed, whatever became of the shard's ids meanwhile.
 *
 * The index of trigrams keeps positions: a phrase of consecutive trigrams is an exact substring, so that an answer needs no
 * second look at the text, and the text need not be kept. Texts are indexed without marks; those that have marks once more with
 * them, since what is typed with marks finds only itself.
 */
import type Database from 'better-sqlite3'

export const schemaVersion = 1

/** A text ends with these, so that its last characters begin a trigram too. */
export const textEnd = '\n\n'

export function createSchema(db: Database.Database): void {
  db.exec(`
    CREATE TABLE entries (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      content INTEGER NOT NULL,
      tag INTEGER NOT NULL,
      prefix BLOB NOT NULL,
      -- 0: not indexed, since it is too long or cannot be read.
      whole INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX entries_content ON entries (content);

    -- UIDs below uid_next have been looked at.
    CREATE TABLE mailboxes (
      id INTEGER PRIMARY KEY,
      uid_validity INTEGER NOT NULL,
      uid_next INTEGER NOT NULL
    ) STRICT;

    -- What the mailboxes looked like when entries without a message were last removed.
    CREATE TABLE cleaned (mailboxes TEXT NOT NULL) STRICT;

    CREATE VIRTUAL TABLE texts USING fts5(
      header, body, marked_header, marked_body,
      content = '', contentless_delete = 1, detail = full, tokenize = "trigram case_sensitive 1"
    );
    CREATE VIRTUAL TABLE occurrences USING fts5vocab(texts, instance);
    PRAGMA user_version = ${schemaVersion};
  `)
}
