/**
 * What a session is: its state (RFC 3501 section 3), its account and mailbox, and the untagged responses that tell of changes.
 * Commands act on it; the loop of session-loop.ts reads and answers them.
 */
import type { MailboxResource } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { Authenticator } from '../accounts/authenticator.js'
import { atExpiry, credentialHolds, offeredMechanisms, type Credential } from '../accounts/index.js'
import type { Directory } from '../../../config/directory.js'
import { ConnectionClosedError, ConnectionError, type ClientConnection } from '../net/index.js'
import { StoreError, type MailboxInfo, type MailStore } from '../store/mail-store.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { modifiedUtf7Names, utf8Names, type MailboxNames } from './codec/mailbox-names.js'
import { formatList, formatResponseText } from './codec/response-text.js'
import { formatSequenceSet } from './codec/sequence-set.js'
import { ResponseWriter } from './codec/response-writer.js'
import type { Completion, SessionState } from './commands/command-entry.js'
import { bad, Goodbye, no } from './errors.js'
import type { FetchItem } from './fetch/fetch-items.js'
import type { StructureCache } from './fetch/message-structure.js'
import type { RecentMessages } from './recent-messages.js'
import { fetchMessages } from './fetch/fetch-messages.js'
import type { Notifier } from './notify/notifier.js'
import type { BodySearchSlots } from './search/body-search-slots.js'
import type { SummaryIndex } from './search/summary-index.js'
import type { Expunged, SelectedMailbox } from './selected-mailbox.js'
import { AccessibleMailboxes, type Accessible } from './sharing/accessible-mailboxes.js'
import { allRights, type Right } from './sharing/rights.js'

export interface SessionContext {
  store: MailStore
  authenticator: Authenticator
  tls: TlsProvider
  directory: Directory
  logger: Logger
  /** What CAPABILITY lists now; handed in, since it is made from the command table, and commands tell of it. */
  capabilities(session: Session): string[]
  structures: StructureCache
  recentMessages: RecentMessages
  bodySearches: BodySearchSlots
  summaries: SummaryIndex
  /** Where large messages wait for the store. */
  spoolDirectory: string
  signInTimeoutMs: number
  idleTimeoutMs: number
  /** How often a command that takes long says so. */
  progressIntervalMs: number
}

/** As LIST tells it. */
export type ListedMailbox = MailboxInfo & { rights: string }

/** A download of the whole mailbox must not outlive the right to it for long. */
const endGraceMs = 5_000

export class Session {
  readonly out: ResponseWriter
  /** The tag of the command that runs. */
  tag = '*'
  /** When the client began to wait, or was last told that the running command goes on. */
  progressToldAt = 0
  selected: SelectedMailbox | null = null
  condStore = false
  /** RFC 7162 section 3.2: VANISHED in the place of EXPUNGE, and UIDs with all flags. */
  quickResync = false
  /** RFC 6855: the client has asked for UTF-8 in names. */
  names: MailboxNames = modifiedUtf7Names
  /** RFC 5465: after NOTIFY only what the client has asked for is told, and between commands too. */
  notifier: Notifier | null = null
  private signedInMailbox: MailboxResource | null = null
  private credential: Credential | null = null
  /** In a row. */
  failedSignIns = 0
  /** LOGOUT: the loop ends once the command is answered. */
  ending = false
  /** STARTTLS: the answer and the handshake are one step. */
  turningToTls = false
  /** COMPRESS, likewise. */
  turningToDeflate = false
  /** RFC 9051: the client has asked for IMAP4rev2. */
  rev2 = false

  constructor(
    readonly context: SessionContext,
    readonly connection: ClientConnection,
  ) {
    this.out = new ResponseWriter((data) => connection.write(data))
  }

  get state(): SessionState {
    if (!this.signedInMailbox) return 'notAuthenticated'
    return this.selected ? 'selected' : 'authenticated'
  }

  get secure(): boolean {
    return this.connection.secure
  }

  get remoteIp(): string {
    return this.connection.remoteIp
  }

  /** Aborted when the client is gone: nobody reads the rest. */
  get closed(): AbortSignal {
    return this.connection.closed
  }

  get account(): MailboxResource {
    if (!this.signedInMailbox) throw bad('Not signed in')
    return this.signedInMailbox
  }

  get accountId(): string | null {
    return this.signedInMailbox?.id ?? null
  }

  get capabilities(): string {
    return this.context.capabilities(this).join(' ')
  }

  /** Of AUTHENTICATE, beside PLAIN. */
  get mechanisms(): string[] {
    return offeredMechanisms(this.context.directory)
  }

  get maxMessageBytes(): number {
    return this.context.directory.settings().maxMessageBytes
  }

  /** Lines that belong to the running command, as in AUTHENTICATE and IDLE. */
  readLine(max: number): Promise<Buffer | null> {
    return this.connection.readLine(max)
  }

  signIn(mailbox: MailboxResource, credential: Credential): void {
    this.signedInMailbox = mailbox
    this.credential = credential
    atExpiry(this.context.directory, credential, this.closed, () => this.end('The app password has expired'))
    this.failedSignIns = 0
    // What changed while the password was checked has been announced already.
    if (!this.checkAccount()) throw new Goodbye('The account was closed or its password changed')
  }

  /** Ends the connection without another word, where a response cannot be brought to its end. */
  cutOff(cause: unknown): Error {
    if (!(cause instanceof ConnectionError))
      this.context.logger.error({ err: cause, account: this.accountId }, 'imap: response broken off')
    this.connection.destroy()
    return new ConnectionClosedError('the response was broken off')
  }

  /** The one BYE of a session: none where it is ended from outside, which has its own, said when the connection closes. */
  sayGoodbye(text: string): void {
    if (this.connection.inputEnded) return
    this.connection.endInput()
    this.out.line(`* BYE ${text}`)
  }

  /** From outside: the session ends now, or when its running command has answered, for which it has a few seconds. */
  end(reason: string): void {
    const { connection } = this
    connection.endInput(`* BYE ${formatResponseText(reason)}\r\n`)
    const timer = setTimeout(() => connection.destroy(), endGraceMs)
    connection.closed.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }

  /** Whether the account may go on, and with what it signed in. Takes over its new quota. */
  checkAccount(): boolean {
    if (!this.signedInMailbox) return true
    const { directory } = this.context
    if (directory.settings().status !== 'ACTIVE') return false
    const mailbox = directory.mailboxById(this.signedInMailbox.id)
    if (mailbox?.status !== 'ACTIVE' || directory.domainById(mailbox.domainId)?.status !== 'ACTIVE') return false
    if (!this.credential || !credentialHolds(directory, mailbox, this.credential)) return false
    this.signedInMailbox = mailbox
    return true
  }

  get accessible(): AccessibleMailboxes {
    return new AccessibleMailboxes(this.context.store, this.context.directory, this.account)
  }

  /** Those that LIST may name, with the rights on them. */
  async mailboxes(): Promise<ListedMailbox[]> {
    const own = await this.context.store.mailboxes(this.account.id)
    const foreign = (await this.accessible.foreign()).filter(({ rights }) => rights.includes('l'))
    const listed = own.map((info): ListedMailbox => ({ ...info, rights: allRights }))
    if (foreign.length === 0) return listed
    const [subscribed, names] = [new Set(await this.subscriptions()), new Set(own.map(({ name }) => name))]
    for (const { info, rights } of foreign)
      if (!names.has(info.name)) listed.push({ ...info, subscribed: subscribed.has(info.name), rights })
    return listed
  }

  subscriptions(): Promise<string[]> {
    return this.context.store.subscriptions(this.account.id)
  }

  /** With one of the rights at least. Without any of them it is told apart from what does not exist by `l` alone. */
  async findMailbox(name: string, ...needed: [Right, ...Right[]]): Promise<Accessible> {
    const found = await this.accessible.find(name)
    if (found && needed.some((right) => found.rights.includes(right))) return found
    if (found?.rights.includes('l')) throw no('NOPERM', 'That takes a right which you do not have')
    throw new StoreError('NO_SUCH_MAILBOX')
  }

  /** Rights end in the middle of a session, and with them the session: there is no way to unselect a mailbox unasked. */
  async reviewSelected(): Promise<void> {
    const { selected } = this
    if (!selected || selected.info.accountId === this.accountId) return
    selected.rights = await this.accessible.rightsOn(selected.info)
    if (!selected.rights.includes('r')) throw new Goodbye('The mailbox is not available any more')
  }

  /** The config may have changed who is a member. */
  touchForeign(): void {
    const { selected } = this
    if (selected && selected.info.accountId !== this.accountId) selected.touch()
    this.notifier?.review()
  }

  get utf8(): boolean {
    return this.names === utf8Names
  }

  select(selected: SelectedMailbox): void {
    this.selected = selected
    selected.tellsRecent = !this.rev2
  }

  unselect(): void {
    this.selected?.close()
    this.selected = null
  }

  /** RFC 9051 section 6.3.1. Names are in UTF-8 from here on, as with UTF8=ACCEPT. */
  enableRev2(): void {
    this.rev2 = true
    this.names = utf8Names
    if (this.selected) this.selected.tellsRecent = false
  }

  /** RFC 7162 section 3.1: from now on each FETCH response with flags carries the modification sequence. */
  enableCondStore(): void {
    if (this.condStore) return
    this.condStore = true
    if (this.selected)
      this.out.line(`* OK [HIGHESTMODSEQ ${this.selected.highestModSeq}] Highest modification sequence`)
  }

  /** Whether `sendUpdates` has something to look at. */
  get hasNews(): boolean {
    const { selected, notifier } = this
    return notifier?.hasNews === true || (selected?.isStale === true && notifier?.ofSelected !== null)
  }

  /** Tells what other sessions, deliveries and this command changed. */
  async sendUpdates(mayExpunge: boolean, force: boolean): Promise<void> {
    const { selected, out, notifier } = this
    if (notifier?.hasNews) await notifier.tell().catch(endOfView)
    const asked = notifier?.ofSelected
    if (!selected || asked === null) return
    await this.reviewSelected()
    const before = selected.uids.at(-1) ?? 0
    const updates = await selected.catchUp(mayExpunge, force).catch(endOfView)
    await this.writeExpunged(updates.expunged)
    if (updates.exists !== null) {
      out.line(`* ${updates.exists} EXISTS`)
      if (!this.rev2) out.line(`* ${selected.recentCount} RECENT`)
    }
    if (updates.newKeywords) this.writeFlags()
    if (asked && asked.items.length > 0 && updates.exists !== null) await this.tellNew(selected, before, asked.items)
    if (asked && !asked.events.has('FlagChange')) return
    for (const number of updates.changed) {
      this.writeFetchFlags(number - 1, true)
      await out.drain()
    }
  }

  /** RFC 5465 section 5.2: what the client wants to know of each new message. */
  private async tellNew(selected: SelectedMailbox, before: number, items: FetchItem[]): Promise<void> {
    const indexes = selected.uids.flatMap((uid, index) => (uid > before ? [index] : []))
    const withUid: FetchItem[] = items.some(({ type }) => type === 'UID') ? items : [{ type: 'UID' }, ...items]
    await fetchMessages(this, selected, indexes, withUid)
  }

  async writeExpunged(expunged: readonly Expunged[]): Promise<void> {
    const { out } = this
    if (this.quickResync && expunged.length > 0)
      return out.line(`* VANISHED ${formatSequenceSet(expunged.map(({ uid }) => uid).reverse())}`)
    for (const { number } of expunged) {
      out.line(`* ${number} EXPUNGE`)
      await out.drain()
    }
  }

  /**
   * Of a command that expunged: the code that lets a client go on from here (RFC 7162 section 3.2.10). All that others changed
   * so far is told before it, or the client would never ask for it.
   */
  async completeExpunge(): Promise<Completion> {
    if (!this.quickResync) return {}
    await this.sendUpdates(true, true)
    return this.selected ? { code: `HIGHESTMODSEQ ${this.selected.highestModSeq}` } : {}
  }

  writeFlags(): void {
    if (this.selected) this.out.line(`* FLAGS ${formatList(this.selected.knownFlags)}`)
  }

  writeFetchFlags(index: number, withUid: boolean): void {
    const { selected } = this
    if (!selected || index < 0) return
    const uid = withUid || this.quickResync ? `UID ${selected.uids[index]} ` : ''
    const modSeq = this.condStore ? ` MODSEQ (${selected.modSeqs[index]})` : ''
    this.out.line(`* ${index + 1} FETCH (${uid}FLAGS ${selected.flagsOf(index)}${modSeq})`)
  }

  writeFetchModSeq(index: number, withUid: boolean): void {
    const { selected } = this
    if (!selected || index < 0) return
    const uid = withUid || this.quickResync ? `UID ${selected.uids[index]} ` : ''
    this.out.line(`* ${index + 1} FETCH (${uid}MODSEQ (${selected.modSeqs[index]}))`)
  }
}

/** The client's view may be wrong from here on. */
function endOfView(error: unknown): never {
  if (!(error instanceof StoreError)) throw error
  if (error.code === 'NO_SUCH_MAILBOX') throw new Goodbye('The mailbox was deleted')
  throw new Goodbye('The mail store is not available now', 'UNAVAILABLE')
}
