/**
 * The mailboxes that an account may use, under the names it knows them by: its own; those of accounts whose member it is, below
 * `Shared/<address>/`; and what others have opened to it, below `Other Users/<address>/` (RFC 2342, RFC 4314).
 *
 * Others' mailboxes are found among what is granted, never by a look into their accounts: what one has no right to cannot
 * be told from what does not exist. Nothing is remembered: each question is answered by the rights of the moment.
 */
import type { MailboxResource } from '@mailfleet/schema'
import type { Directory } from '../../../../config/directory.js'
import type { MailboxInfo, MailStore } from '../../store/mail-store.js'
import { allRights, sortRights } from './rights.js'

export const sharedPrefix = 'Shared/'
export const otherUsersPrefix = 'Other Users/'

export interface Accessible {
  /** By the name that this account knows it by. */
  info: MailboxInfo
  /** In its owner's account. */
  localName: string
  owner: MailboxResource
  rights: string
}

/** Also the bare names of the two namespaces. */
export const isForeignName = (name: string): boolean =>
  `${name}/`.startsWith(sharedPrefix) || `${name}/`.startsWith(otherUsersPrefix)

/** A shared mailbox is an account that nobody signs in to. */
export const rootOf = ({ passwordHash, address }: MailboxResource): string =>
  `${passwordHash === '' ? sharedPrefix : otherUsersPrefix}${address}`

export class AccessibleMailboxes {
  constructor(
    private readonly store: MailStore,
    private readonly directory: Directory,
    private readonly account: MailboxResource,
  ) {}

  async find(name: string): Promise<Accessible | null> {
    const own = await this.store.mailbox(this.account.id, name)
    if (own) return { info: own, localName: name, owner: this.account, rights: allRights }
    if (!isForeignName(name)) return null
    return (await this.foreign()).find(({ info }) => info.name === name) ?? null
  }

  /** Of other accounts, all on which the account has any right. */
  async foreign(): Promise<Accessible[]> {
    const found = new Map<number, Accessible>()
    for (const owner of this.sharedAccounts())
      for (const info of await this.store.mailboxes(owner.id)) this.add(found, owner, info, this.memberRights(owner))
    for (const { info, rights } of await this.store.grantedTo(this.account.id)) {
      const owner = this.ownerOf(info)
      if (owner) this.add(found, owner, info, rights)
    }
    return [...found.values()]
  }

  /** Accounts whose member this one is. */
  sharedAccounts(): MailboxResource[] {
    return [...this.directory.sharedWith(this.account.id)].filter((owner) => this.reachable(owner))
  }

  memberRights(owner: MailboxResource): string {
    return owner.members.find(({ mailboxId }) => mailboxId === this.account.id)?.rights ?? ''
  }

  /** The rights of this moment on a mailbox that was found before. */
  async rightsOn(info: Pick<MailboxInfo, 'id' | 'accountId'>): Promise<string> {
    if (info.accountId === this.account.id) return allRights
    const owner = this.ownerOf(info)
    if (!owner) return ''
    return sortRights(this.memberRights(owner) + (await this.store.accessOf(info.id, this.account.id)))
  }

  /** Whom this account may share with, and who may share with it: those of the same customer. */
  reachable(other: MailboxResource): boolean {
    const [mine, theirs] = [this.account, other].map(({ domainId }) => this.directory.domainById(domainId))
    return (
      other.id !== this.account.id &&
      other.status === 'ACTIVE' &&
      theirs?.status === 'ACTIVE' &&
      theirs.tenantId === mine?.tenantId
    )
  }

  private ownerOf({ accountId }: Pick<MailboxInfo, 'accountId'>): MailboxResource | null {
    const owner = this.directory.mailboxById(accountId)
    return owner && this.reachable(owner) ? owner : null
  }

  private add(found: Map<number, Accessible>, owner: MailboxResource, info: MailboxInfo, rights: string): void {
    const all = sortRights((found.get(info.id)?.rights ?? '') + rights)
    if (all === '') return
    const name = `${rootOf(owner)}/${info.name}`
    // Its uses are its owner's: a client must not take another's Sent for its own.
    found.set(info.id, { info: { ...info, name, specialUse: null }, localName: info.name, owner, rights: all })
  }
}
