/** Counts that are kept beside what they count: where they are wrong, and how they are set right. */
import { mailboxSeal } from './seals.js'

const nextUid = '(SELECT max(uid) + 1 FROM messages WHERE mailbox = mailboxes.id)'

export const counts = [
  {
    name: 'mailboxes count their messages wrongly',
    wrong: `mailboxes AS m WHERE name IS NOT NULL AND (messages, unseen, bytes) IS NOT (SELECT count(*), count(*) FILTER (WHERE NOT system & 16),
      coalesce(sum(size), 0) FROM messages WHERE mailbox = m.id)`,
    mend: `UPDATE mailboxes SET (messages, unseen, bytes) = (SELECT count(*), count(*) FILTER (WHERE NOT system & 16),
      coalesce(sum(size), 0) FROM messages WHERE mailbox = mailboxes.id) WHERE name IS NOT NULL`,
  },
  {
    name: 'mailboxes would give a UID twice',
    wrong: 'mailboxes AS m WHERE uid_next <= (SELECT max(uid) FROM messages WHERE mailbox = m.id)',
    mend: `UPDATE mailboxes SET uid_next = ${nextUid}, seal = ${mailboxSeal({ uidNext: nextUid })} WHERE uid_next < ${nextUid}`,
  },
  {
    name: 'accounts count their use wrongly',
    wrong: `accounts AS a WHERE (bytes, messages) IS NOT
      (SELECT coalesce(sum(bytes), 0), coalesce(sum(messages), 0) FROM mailboxes WHERE account = a.key)`,
    mend: `UPDATE accounts SET (bytes, messages) =
      (SELECT coalesce(sum(bytes), 0), coalesce(sum(messages), 0) FROM mailboxes WHERE account = accounts.key)`,
  },
  {
    name: 'contents count their messages wrongly',
    wrong: `contents LEFT JOIN (SELECT content, count(*) AS uses FROM messages GROUP BY content) ON content = id
      WHERE refs <> coalesce(uses, 0)`,
    mend: `UPDATE contents SET refs = uses FROM (SELECT content, count(*) AS uses FROM messages GROUP BY content)
      WHERE content = id AND refs <> uses`,
  },
] as const
