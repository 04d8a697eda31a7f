/** LIST, LSUB, STATUS and NAMESPACE: what mailboxes there are and what state they are in. */
import { formatList } from '../codec/response-text.js'
import { no } from '../errors.js'
import { readListArguments } from '../list/list-arguments.js'
import { selectEntries, selectSubscribed, type ListEntry } from '../list/list-entries.js'
import { otherUsersPrefix, sharedPrefix } from '../sharing/accessible-mailboxes.js'
import { mayAnnotate } from '../sharing/rights.js'
import { selectAnnotations, writeMetadata } from '../metadata/metadata-response.js'
import { readStatusItems, writeStatus } from '../list/status-items.js'
import type { ListedMailbox, Session } from '../session.js'
import { signedIn, type CommandEntry } from './command-entry.js'

export const list: CommandEntry = {
  name: 'LIST',
  states: signedIn,
  async handler(session, args) {
    const wanted = readListArguments(args, true)
    if (wanted.separatorOnly) return session.out.line('* LIST (\\Noselect) "/" ""')
    const subscriptions = wanted.criteria.includes('SUBSCRIBED') ? await session.subscriptions() : []
    for (const entry of selectEntries(await session.mailboxes(), wanted, subscriptions)) {
      writeEntry(session, 'LIST', entry)
      const rights = (entry.info as ListedMailbox | null)?.rights ?? ''
      if (wanted.status && entry.info && !entry.info.noSelect && rights.includes('r'))
        await writeStatus(session, entry.name, entry.info.id, wanted.status)
      if (wanted.metadata && entry.info && mayAnnotate(rights)) {
        const annotations = await session.context.store.annotations(session.account.id, entry.info.id)
        await writeMetadata(session, entry.name, selectAnnotations(annotations, wanted.metadata, 0))
      }
      await session.out.drain()
    }
  },
}

export const lsub: CommandEntry = {
  name: 'LSUB',
  states: signedIn,
  async handler(session, args) {
    const wanted = readListArguments(args, false)
    if (wanted.separatorOnly) return session.out.line('* LSUB (\\Noselect) "/" ""')
    const [mailboxes, subscriptions] = [await session.mailboxes(), await session.subscriptions()]
    for (const entry of selectSubscribed(mailboxes, subscriptions, wanted.matchers)) writeEntry(session, 'LSUB', entry)
  },
}

function writeEntry(session: Session, response: 'LIST' | 'LSUB', entry: ListEntry): void {
  const childInfo = entry.childInfo.map((criterion) => `"${criterion}"`)
  const extended = childInfo.length > 0 ? ` ("CHILDINFO" ${formatList(childInfo)})` : ''
  session.out.line(`* ${response} ${formatList(entry.attributes)} "/" ${session.names.format(entry.name)}${extended}`)
}

export const status: CommandEntry = {
  name: 'STATUS',
  states: signedIn,
  async handler(session, args) {
    args.space()
    const name = args.mailbox()
    args.space()
    const items = readStatusItems(args)
    args.end()
    const { info } = await session.findMailbox(name, 'r')
    if (info.noSelect) throw no('CANNOT', 'That name holds other mailboxes only')
    await writeStatus(session, name, info.id, items)
  },
}

/** RFC 2342. */
export const namespace: CommandEntry = {
  name: 'NAMESPACE',
  states: signedIn,
  capability: 'NAMESPACE',
  async handler(session, args) {
    args.end()
    session.out.line(`* NAMESPACE (("" "/")) (("${otherUsersPrefix}" "/")) (("${sharedPrefix}" "/"))`)
  },
}
