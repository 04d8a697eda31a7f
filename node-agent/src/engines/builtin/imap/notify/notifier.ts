/**
 * Tells a session what it has asked for by NOTIFY (RFC 5465): of its selected mailbox as FETCH, EXISTS and EXPUNGE, which
 * ../session.ts writes; of all others as STATUS, LIST and METADATA, from here.
 *
 * What the store tells is only that something changed. The events are found by comparing with what the client was told
 * last, so that a client that reads slowly costs one comparison a mailbox, however much happens meanwhile.
 */
import { createHash } from 'node:crypto'
import { StoreError, type MailboxStatus } from '../../store/mail-store.js'
import { writeStatus, type StatusItem } from '../list/status-items.js'
import type { ListedMailbox, Session } from '../session.js'
import { mayAnnotate } from '../sharing/rights.js'
import { eventsOf, type EventGroup, type NotifyEvent } from './event-groups.js'

type Annotations = ReadonlyMap<string, string>

interface Watched {
  info: ListedMailbox
  events: ReadonlySet<NotifyEvent>
  /** As the client knows it; null where its messages are not watched. */
  status: MailboxStatus | null
  annotations: Annotations
  stop(): void
}

export class Notifier {
  private readonly watched = new Map<number, Watched>()
  private subscriptions = new Set<string>()
  private serverAnnotations: Annotations = new Map()
  private readonly changed = new Set<number>()
  private inboxId = 0
  private closed = false
  /** Called when there may be something to tell. */
  onNews: (() => void) | null = null

  private constructor(
    private readonly session: Session,
    private readonly groups: readonly EventGroup[],
  ) {}

  static async start(session: Session, groups: readonly EventGroup[]): Promise<Notifier> {
    const notifier = new Notifier(session, groups)
    try {
      // Without groups nothing is ever told.
      if (groups.length > 0) await notifier.takeIn(await session.mailboxes(), () => undefined)
      return notifier
    } catch (error) {
      notifier.close()
      throw error
    }
  }

  /** What is told of the selected mailbox; null for nothing. */
  get ofSelected(): EventGroup | null {
    const group = this.groups.find(({ filter }) => filter.type.startsWith('SELECTED'))
    return group && group.events.size > 0 ? group : null
  }

  /** Whether EXPUNGE may come between commands. */
  get expungesAtOnce(): boolean {
    return this.ofSelected?.filter.type === 'SELECTED'
  }

  get hasNews(): boolean {
    return this.changed.size > 0
  }

  close(): void {
    this.closed = true
    this.onNews = null
    for (const { stop } of this.watched.values()) stop()
    this.watched.clear()
  }

  /** Others' mailboxes may have come or gone. */
  review(): void {
    if (this.groups.length > 0) this.heardOf(this.inboxId)
  }

  /** Section 4: where each mailbox stands, for a client that asks when it begins. */
  async writeStatuses(): Promise<void> {
    for (const mailbox of this.watched.values()) {
      if (mailbox.status === null || this.isSelected(mailbox)) continue
      await this.writeStatusOf(mailbox)
      await this.session.out.drain()
    }
  }

  /** Writes what changed since it was last called. */
  async tell(): Promise<void> {
    const changed = [...this.changed]
    this.changed.clear()
    // INBOX stands for the account: its list of mailboxes, their names and subscriptions.
    if (
      changed.includes(this.inboxId) ||
      changed.some((id) => this.watched.get(id)?.info.accountId !== this.session.accountId)
    )
      await this.tellOfList()
    for (const id of changed) {
      const mailbox = this.watched.get(id)
      if (mailbox) await this.tellOf(mailbox)
      await this.session.out.drain()
    }
  }

  private async tellOfList(): Promise<void> {
    const { out, names } = this.session
    const line = (attributes: string[], name: string, extended = ''): void =>
      out.line(`* LIST (${attributes.join(' ')}) "/" ${names.format(name)}${extended}`)
    const before = this.subscriptions
    const told = new Set<string>()
    await this.takeIn(await this.session.mailboxes(), (was, is, events) => {
      if (was?.name === is?.name || !events.has('MailboxName')) return
      const name = (is ?? was)!.name
      told.add(name)
      if (!is) return line(['\\NonExistent'], name)
      const attributes = [is.noSelect ? '\\Noselect' : '', is.specialUse ?? '', is.subscribed ? '\\Subscribed' : '']
      line(attributes.filter(Boolean), name, was ? ` ("OLDNAME" (${names.format(was.name)}))` : '')
    })
    const existing = new Set([...this.watched.values()].map(({ info }) => info.name))
    for (const name of new Set([...before, ...this.subscriptions])) {
      const subscribed = this.subscriptions.has(name)
      if (subscribed === before.has(name) || told.has(name)) continue
      // The group that names subscribed mailboxes is about those that are no more, too.
      const events = eventsOf(this.groups, { name, personal: true, subscribed: true })
      if (!events.has('SubscriptionChange')) continue
      line([existing.has(name) ? '' : '\\NonExistent', subscribed ? '\\Subscribed' : ''].filter(Boolean), name)
    }
    const annotations = await this.annotationsOf(null, this.wantsServerMetadata)
    this.writeChangedEntries('', this.serverAnnotations, annotations)
    this.serverAnnotations = annotations
  }

  private get wantsServerMetadata(): boolean {
    return this.groups.some(({ events }) => events.has('ServerMetadataChange'))
  }

  /** Makes `list` what is watched; calls back with each mailbox that came, went or changed. */
  private async takeIn(
    list: ListedMailbox[],
    differs: (was: ListedMailbox | null, is: ListedMailbox | null, events: ReadonlySet<NotifyEvent>) => void,
  ): Promise<void> {
    const { store } = this.session.context
    const first = this.watched.size === 0
    const present = new Set(list.map(({ id }) => id))
    for (const [id, { info, events, stop }] of this.watched) {
      if (present.has(id)) continue
      stop()
      this.watched.delete(id)
      differs(info, null, events)
    }
    for (const info of list) {
      const events = eventsOf(this.groups, {
        name: info.name,
        personal: info.accountId === this.session.accountId,
        subscribed: info.subscribed,
      })
      const known = this.watched.get(info.id)
      const stop = known?.stop ?? store.watch(info.id, () => this.heardOf(info.id))
      if (this.closed) return stop()
      const wantsMessages = events.has('MessageNew') && !info.noSelect && info.rights.includes('r')
      const mailbox: Watched = {
        info,
        events,
        stop,
        status: wantsMessages ? (known?.status ?? null) : null,
        annotations: known?.annotations ?? new Map(),
      }
      this.watched.set(info.id, mailbox)
      if (info.name === 'INBOX') this.inboxId = info.id
      if (wantsMessages) mailbox.status ??= await statusOf(this.session, info.id)
      if (!known) mailbox.annotations = await this.annotationsOf(info, events.has('MailboxMetadataChange'))
      if (first) continue
      differs(known?.info ?? null, info, events)
      // With the message that made it, perhaps.
      if (!known && mailbox.status) await this.writeStatusOf(mailbox)
    }
    this.subscriptions = new Set(await this.session.subscriptions())
    if (first) this.serverAnnotations = await this.annotationsOf(null, this.wantsServerMetadata)
  }

  private heardOf(id: number): void {
    this.changed.add(id)
    this.onNews?.()
  }

  private isSelected({ info }: Watched): boolean {
    return this.session.selected?.info.id === info.id
  }

  private async tellOf(mailbox: Watched): Promise<void> {
    const { events, info, status: before } = mailbox
    if (before) {
      const now = await statusOf(this.session, info.id)
      mailbox.status = now ?? before
      if (now && !this.isSelected(mailbox) && now.highestModSeq !== before.highestModSeq) {
        const came = now.uidNext !== before.uidNext || now.uidValidity !== before.uidValidity
        const went = now.messages < before.messages + (now.uidNext - before.uidNext)
        if (came || went || events.has('FlagChange')) await this.writeStatusOf(mailbox)
      }
    }
    const annotations = await this.annotationsOf(info, events.has('MailboxMetadataChange'))
    this.writeChangedEntries(info.name, mailbox.annotations, annotations)
    mailbox.annotations = annotations
  }

  private async writeStatusOf({ info, events }: Watched): Promise<void> {
    const items: StatusItem[] = ['MESSAGES', 'UIDNEXT', 'UIDVALIDITY']
    if (events.has('FlagChange')) items.push('UNSEEN')
    if (this.session.condStore) items.push('HIGHESTMODSEQ')
    await writeStatus(this.session, info.name, info.id, items).catch(ignoreGone)
  }

  /** Entries by a digest of their values: what they were need not be kept to see that they changed. */
  private async annotationsOf(info: ListedMailbox | null, wanted: boolean): Promise<Annotations> {
    if (!wanted || (info && !mayAnnotate(info.rights))) return new Map()
    const { store } = this.session.context
    const annotations = await store.annotations(this.session.account.id, info?.id ?? null).catch(ignoreGone)
    return new Map(
      (annotations ?? []).map(({ entry, value }) => [entry, createHash('sha256').update(value).digest('base64')]),
    )
  }

  /** RFC 5464 section 4.4.2: names of entries without values. */
  private writeChangedEntries(name: string, before: Annotations, now: Annotations): void {
    const entries = [...new Set([...before.keys(), ...now.keys()])].filter(
      (entry) => before.get(entry) !== now.get(entry),
    )
    if (entries.length === 0) return
    const { out, names } = this.session
    out.line(`* METADATA ${name === '' ? '""' : names.format(name)} ${entries.join(' ')}`)
  }
}

async function statusOf(session: Session, mailboxId: number): Promise<MailboxStatus | null> {
  return (await session.context.store.status(mailboxId).catch(ignoreGone)) ?? null
}

/** Deleted since it was listed: that is told of by itself. */
function ignoreGone(error: unknown): undefined {
  if (!(error instanceof StoreError) || error.code !== 'NO_SUCH_MAILBOX') throw error
}
