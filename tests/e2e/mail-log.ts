import type { Api } from '../support/api.js'

export interface LoggedEvent {
  id: string
  type: string
  sender: string | null
  recipient: string | null
  transactionId: string | null
  messageId: string | null
  remoteHost: string | null
  replyCode: number | null
  mailNode: { name: string } | null
}

/** Every event that matches, page by page as a script would read them. */
export async function allEvents(api: Api, filter: object): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = []
  let after: string | null = null
  do {
    const page: { mailEvents: { nodes: LoggedEvent[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } } } =
      await api.run(
        `query ($after: String, $filter: MailEventFilter) {
        mailEvents(first: 200, after: $after, filter: $filter) {
          nodes { id type sender recipient transactionId messageId remoteHost replyCode mailNode { name } }
          pageInfo { hasNextPage endCursor }
        }
      }`,
        { after, filter },
      )
    events.push(...page.mailEvents.nodes)
    after = page.mailEvents.pageInfo.hasNextPage ? page.mailEvents.pageInfo.endCursor : null
  } while (after)
  return events
}
