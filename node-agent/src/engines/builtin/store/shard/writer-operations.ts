/** Runs in a shard's writer thread: each operation is one savepoint of a group commit. */
import type Database from 'better-sqlite3'
import type { WriterContext } from '../../../../durable/operations.js'
import { StoreError } from '../mail-store.js'
import { createAccess } from './access.js'
import { createAccounts } from './accounts.js'
import { createAnnotations } from './annotations.js'
import { bufferOf, createContents, type ContentRef } from './contents.js'
import { createMailboxes } from './mailboxes.js'
import { createMessages } from './messages.js'
import type {
  AppendArgs,
  CopyArgs,
  CreateMailboxArgs,
  DeliverArgs,
  DeliverResult,
  ExpungeArgs,
  MailboxArgs,
  RenameMailboxArgs,
  SetAccessArgs,
  SetAnnotationsArgs,
  ShardConfig,
  StoreFlagsArgs,
  SubscribeArgs,
} from './protocol.js'
import { migrateShard } from './schema.js'
import { createSegments } from './segments.js'
import { createSubscriptions } from './subscriptions.js'
import { createUpkeep } from './upkeep.js'
import { createVanished } from './vanished.js'

export function open(db: Database.Database, { folder, storeId }: ShardConfig, { emit }: WriterContext) {
  migrateShard(db)
  db.pragma('wal_autocheckpoint = 4000')
  db.pragma('journal_size_limit = 67108864')
  if (!db.prepare('SELECT 1 FROM shard').get()) db.prepare('INSERT INTO shard VALUES (?, 0)').run(storeId)
  const segments = createSegments(db, folder)
  const contents = createContents(db, segments)
  const subscriptions = createSubscriptions(db)
  const accounts = createAccounts(db, subscriptions)
  const access = createAccess(db)
  const annotations = createAnnotations(db)
  const mailboxes = createMailboxes(db, accounts, subscriptions, access)
  const messages = createMessages(db, accounts, contents, createVanished(db))
  const upkeep = createUpkeep(db, folder, contents, segments, { subscriptions, access, annotations })
  upkeep.removeOrphans()
  segments.reopenNewest()

  function deliver({ content, deliveries, receivedAt, events, storedElsewhere }: DeliverArgs): DeliverResult[] {
    let stored = null as ContentRef | null
    const origins: string[] = []
    const results = deliveries.map((delivery): DeliverResult => {
      try {
        const account = accounts.open(delivery.accountId)
        const size = content.size + (delivery.prefix?.length ?? 0)
        accounts.assertRoom(account, size, delivery.quota)
        const mailbox = mailboxes.findOrCreate(account.key, delivery.mailbox)
        const flags = messages.flagsFor(account.key, delivery.flags)
        stored ??= contents.add(content)
        const prefix = delivery.prefix && bufferOf(delivery.prefix)
        const [uid] = messages.add(mailbox, [{ content: stored, size, ...flags, receivedAt, prefix }])
        origins.push(`${mailbox.id}:${uid}`)
        if (delivery.event) emit(delivery.event)
        return { mailbox: mailbox.id, error: null }
      } catch (error) {
        // One recipient's refusal; anything else undoes the whole call.
        if (!(error instanceof StoreError)) throw error
        return { error: { code: error.code, message: error.message } }
      }
    })
    const count = origins.length
    if (stored && count > 0) contents.setOrigins(stored.id, origins)
    if (stored && count === 0) contents.releaseReferences(stored.id, 1)
    else if (stored && count > 1) contents.addReferences(stored.id, count - 1)
    if (count > 0 || storedElsewhere) for (const event of events) emit(event)
    return results
  }

  function append({ mailbox: id, quota, replaces, messages: given }: AppendArgs) {
    if (replaces) {
      const replaced = { uids: [replaces.uid], force: true, mailbox: replaces.mailbox }
      if (messages.expunge(mailboxes.requireById(replaces.mailbox), replaced).vanished.length === 0)
        throw new StoreError('NO_SUCH_MESSAGE', 'the message to replace is gone')
    }
    const mailbox = mailboxes.requireById(id)
    const size = given.reduce((sum, { content }) => sum + content.size, 0)
    accounts.assertRoom(accounts.byKey(mailbox.account), size, quota)
    const added = given.map(({ content, flags, receivedAt }) => ({
      content: contents.add(content),
      size: content.size,
      ...messages.flagsFor(mailbox.account, flags),
      receivedAt,
      prefix: null,
    }))
    const uids = messages.add(mailbox, added)
    added.forEach(({ content }, index) => contents.setOrigins(content.id, [`${mailbox.id}:${uids[index]}`]))
    return { uidValidity: mailbox.uidValidity, uids }
  }

  function copy({ mailbox, uids, to, move, quota }: CopyArgs) {
    const source = mailboxes.requireById(mailbox)
    const target = mailboxes.requireById(to)
    if (source.account !== target.account) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is of another account')
    return messages.copy(source, uids, target, move, quota)
  }

  /** Answers the ids of the mailboxes whose messages changed. */
  function renameMailbox({ accountId, from, to }: RenameMailboxArgs): number[] {
    const { key } = accounts.open(accountId)
    if (from !== 'INBOX') {
      mailboxes.rename(key, from, to)
      return []
    }
    const target = mailboxes.create(key, to, null)
    const inbox = mailboxes.findOrCreate(key, 'INBOX')
    messages.copy(inbox, null, target, true, null)
    return [inbox.id, target.id]
  }

  return {
    operations: {
      deliver,
      append,
      copy,
      renameMailbox,
      openAccount: ({ accountId }: { accountId: string }) => void accounts.open(accountId),
      createMailbox: ({ accountId, name, specialUse }: CreateMailboxArgs) =>
        mailboxes.create(accounts.open(accountId).key, name, specialUse).id,
      deleteMailbox: ({ accountId, name }: MailboxArgs) => mailboxes.delete(accounts.open(accountId).key, name).id,
      subscribe: ({ accountId, name, subscribed, elsewhere }: SubscribeArgs) =>
        mailboxes.subscribe(accounts.open(accountId).key, name, subscribed, elsewhere),
      setAccess: (args: SetAccessArgs) => {
        mailboxes.requireById(args.mailbox)
        access.set(args)
      },
      setAnnotations: (args: SetAnnotationsArgs) => {
        if (args.mailbox === 0) accounts.open(args.accountId)
        else mailboxes.requireById(args.mailbox)
        annotations.set(args)
      },
      storeFlags: (args: StoreFlagsArgs) => messages.storeFlags(mailboxes.requireById(args.mailbox), args),
      expunge: (args: ExpungeArgs) => messages.expunge(mailboxes.requireById(args.mailbox), args),
      dropAccount: ({ accountId }: { accountId: string }) => accounts.close(accountId),
      restoreAccount: ({ accountId }: { accountId: string }) => accounts.reopen(accountId),
      upkeep: upkeep.step,
      removeFiles: upkeep.removeFiles,
    },
    beforeCommit: segments.sync,
    close: segments.close,
  }
}
