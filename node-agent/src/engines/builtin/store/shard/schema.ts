/** Tables of one shard. */
import type Database from 'better-sqlite3'
import { mailboxSeal, messageSeal } from './seals.js'
import { prefixTagOf } from '../content/digests.js'
import { migrate } from '../../../../durable/migrate.js'

const migrations: string[] = [
  `
  CREATE TABLE shard (
    store_id TEXT NOT NULL,
    last_uid_validity INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE accounts (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    bytes INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0,
    closed_at INTEGER
  ) STRICT;
  CREATE INDEX accounts_closed ON accounts (closed_at) WHERE closed_at IS NOT NULL;

  -- Without a name: deleted, its messages wait for removal.
  CREATE TABLE mailboxes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    account INTEGER,
    name TEXT,
    uid_validity INTEGER NOT NULL,
    uid_next INTEGER NOT NULL DEFAULT 1,
    highest_mod_seq INTEGER NOT NULL DEFAULT 1,
    -- Vanished UIDs are remembered for changes after this modification sequence.
    vanished_floor INTEGER NOT NULL DEFAULT 0,
    messages INTEGER NOT NULL DEFAULT 0,
    unseen INTEGER NOT NULL DEFAULT 0,
    bytes INTEGER NOT NULL DEFAULT 0,
    subscribed INTEGER NOT NULL DEFAULT 1,
    special_use TEXT,
    no_select INTEGER NOT NULL DEFAULT 0,
    UNIQUE (account, name)
  ) STRICT;
  CREATE INDEX mailboxes_deleted ON mailboxes (id) WHERE name IS NULL;

  CREATE TABLE keywords (
    account INTEGER NOT NULL,
    folded TEXT NOT NULL,
    spelling TEXT NOT NULL,
    PRIMARY KEY (account, folded)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE messages (
    mailbox INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    system INTEGER NOT NULL,
    keywords TEXT,
    mod_seq INTEGER NOT NULL,
    content INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    size INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    prefix BLOB,
    PRIMARY KEY (mailbox, uid)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX messages_changes ON messages (mailbox, mod_seq, uid, system, keywords);
  CREATE INDEX messages_deleted ON messages (mailbox, uid) WHERE system & 2;

  CREATE TABLE vanished (
    mailbox INTEGER NOT NULL,
    mod_seq INTEGER NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (mailbox, mod_seq, first)
  ) STRICT, WITHOUT ROWID;

  -- A content is in \`bodies\`, in a segment or in a file of its own.
  CREATE TABLE contents (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    refs INTEGER NOT NULL,
    size INTEGER NOT NULL,
    tag INTEGER NOT NULL,
    segment INTEGER,
    position INTEGER,
    file TEXT,
    header_size INTEGER NOT NULL,
    message_id TEXT,
    subject TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipients TEXT NOT NULL,
    cc TEXT NOT NULL,
    sent_at INTEGER,
    envelope BLOB NOT NULL,
    body BLOB NOT NULL,
    body_structure BLOB NOT NULL,
    digests BLOB NOT NULL
  ) STRICT;
  CREATE INDEX contents_segment ON contents (segment) WHERE segment IS NOT NULL;
  CREATE INDEX contents_file ON contents (file) WHERE file IS NOT NULL;

  CREATE TABLE bodies (
    content INTEGER PRIMARY KEY,
    octets BLOB NOT NULL
  ) STRICT;

  CREATE TABLE segments (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    length INTEGER NOT NULL DEFAULT 0,
    live INTEGER NOT NULL DEFAULT 0
  ) STRICT;

  -- Files that nothing points to since the last commit; removed after it.
  CREATE TABLE released_files (
    name TEXT PRIMARY KEY
  ) STRICT, WITHOUT ROWID;
  `,
  `
  CREATE TABLE subscriptions (
    account INTEGER NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (account, name)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO subscriptions SELECT account, name FROM mailboxes WHERE name IS NOT NULL AND subscribed <> 0;
  ALTER TABLE mailboxes DROP COLUMN subscribed;
  `,
  `
  -- When the message came into this mailbox (RFC 8514); of those from before nobody knows.
  ALTER TABLE messages ADD COLUMN saved_at INTEGER;

  -- Rights of other accounts (RFC 4314); the owner has all of them and no entry.
  CREATE TABLE access (
    mailbox INTEGER NOT NULL,
    member TEXT NOT NULL,
    rights TEXT NOT NULL,
    PRIMARY KEY (mailbox, member)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX access_member ON access (member);

  -- RFC 5464. \`account\`: whose they are, empty for shared ones. \`mailbox\` 0: of the server.
  CREATE TABLE annotations (
    mailbox INTEGER NOT NULL,
    account TEXT NOT NULL,
    entry TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (mailbox, account, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX annotations_account ON annotations (account);
  `,
  `
  ALTER TABLE messages ADD COLUMN prefix_tag INTEGER;
  ALTER TABLE messages ADD COLUMN seal INTEGER;
  UPDATE messages SET prefix_tag = prefix_tag_of(prefix) WHERE prefix IS NOT NULL;
  UPDATE messages SET seal = ${messageSeal()};
  ALTER TABLE mailboxes ADD COLUMN seal INTEGER;
  UPDATE mailboxes SET seal = ${mailboxSeal()};
  -- First places of the content, \`mailbox:uid\`: whose it is when the rows of its messages are lost.
  ALTER TABLE contents ADD COLUMN origins TEXT;
  `,
  `
  -- What POP3 calls it, once it was moved: the first \`uid_validity.uid\` that it had.
  ALTER TABLE messages ADD COLUMN unique_id TEXT;
  `,
]

/** The oldest schema whose rows carry seals. */
export const sealedSince = 4
export const newestSchema = migrations.length

export function migrateShard(db: Database.Database): void {
  db.function('prefix_tag_of', { deterministic: true }, (prefix) => prefixTagOf(prefix as Buffer | null))
  migrate(db, migrations, 'the mail store')
}
