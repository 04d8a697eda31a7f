/**
 * Follows mailboxes that come and go: the store keeps a removed one's mail closed for a while, and opens it again when the same
 * mailbox returns. What a crash left undone is found by comparison at the next start.
 */
import type { ConfigChange } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { InMemoryDirectory } from '../../config/in-memory-directory.js'
import type { MailStore } from './store/index.js'

/** Below what the store's writers let wait: a removed domain may have very many mailboxes. */
const atOnce = 500

export class AccountLifecycle {
  private readonly closed = new Set<string>()

  constructor(
    private readonly store: Pick<MailStore, 'accounts' | 'dropAccount' | 'restoreAccount'>,
    private readonly directory: InMemoryDirectory,
    private readonly logger: Logger,
  ) {}

  /** Before the ports open. A node that was never configured knows of no mailbox, and must not close any. */
  async reconcile(): Promise<void> {
    const accounts = await this.store.accounts()
    for (const { id, closed } of accounts) if (closed) this.closed.add(id)
    if (!this.directory.configured) return
    const exists = (id: string) => this.directory.mailboxById(id) !== undefined
    await this.restore(accounts.filter(({ id, closed }) => closed && exists(id)).map(({ id }) => id))
    await this.drop(accounts.filter(({ id, closed }) => !closed && !exists(id)).map(({ id }) => id))
  }

  /** Before the directory shows them: nobody may find a mailbox whose store is still closed. */
  async beforeApply(changes: ConfigChange[]): Promise<void> {
    const returning = changes.flatMap(({ resource }) =>
      resource?.kind === 'Mailbox' && this.closed.has(resource.id) ? [resource.id] : [],
    )
    await this.restore(returning)
  }

  /** After the directory has let go of them. */
  async afterApply(changes: ConfigChange[]): Promise<void> {
    const gone = changes.flatMap(({ key, resource }) =>
      resource === null && key.startsWith('Mailbox/') ? [key.slice('Mailbox/'.length)] : [],
    )
    await this.drop(gone.filter((id) => this.directory.mailboxById(id) === undefined))
  }

  private restore = (ids: string[]) =>
    this.each(ids, async (id) => {
      await this.store.restoreAccount(id)
      this.closed.delete(id)
    })

  private drop = (ids: string[]) =>
    this.each(ids, async (id) => {
      await this.store.dropAccount(id)
      this.closed.add(id)
    })

  private async each(ids: string[], change: (id: string) => Promise<void>): Promise<void> {
    for (let at = 0; at < ids.length; at += atOnce) {
      const results = await Promise.allSettled(ids.slice(at, at + atOnce).map(change))
      const failed = results.find((result) => result.status === 'rejected')
      if (failed)
        this.logger.error({ err: failed.reason }, 'the store did not follow a mailbox; it will at the next start')
    }
  }
}
