/** Lists, page by page: each is written before the next one is asked for. */
import type { ApiConnection, RequestOptions } from './api/connection.js'
import { usageFailure } from './failures.js'
import { printSelection } from './model/selection.js'
import { rowWriter } from './output/writer.js'
import type { Row } from './output/rows.js'
import { documentOf, type Call } from './call.js'
import { note, type Terminal } from './terminal.js'

/** The most that the API gives at once. */
const largestPage = 200

interface Page {
  nodes: Row[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
}

export async function writePages(
  terminal: Terminal,
  api: ApiConnection,
  request: RequestOptions,
  call: Call,
): Promise<void> {
  const { options, command, selection, form } = call
  const all = options.has('all')
  const backwards = options.has('last') || options.has('before')
  if (backwards && (all || options.has('first') || options.has('after'))) {
    throw usageFailure('either --first and --after (or --all), or --last and --before')
  }
  const size = options.number(backwards ? 'last' : 'first', 1, largestPage) ?? (all ? largestPage : 50)
  const declared: Record<string, string> = backwards
    ? { last: 'Int', before: 'String' }
    : { first: 'Int', after: 'String' }
  const inner = `{ nodes ${printSelection(selection!)} pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }`
  const document = documentOf(call, inner, declared)
  const writer = rowWriter(terminal, selection!, form)
  let cursor = options.text(backwards ? 'before' : 'after')
  for (;;) {
    const page = backwards ? { last: size, before: cursor } : { first: size, after: cursor }
    const answer = await api.request(document, { ...call.variables, ...page }, request)
    const { nodes, pageInfo } = answer[command.field.name] as Page
    const more = backwards ? pageInfo.hasPreviousPage : pageInfo.hasNextPage
    cursor = backwards ? pageInfo.startCursor : pageInfo.endCursor
    await writer.page(nodes, !all || !more)
    if (all && more) continue
    await writer.end()
    if (more)
      note(terminal, `There is more: ${backwards ? '--before' : '--after'} ${cursor}${backwards ? '' : ', or --all'}`)
    return
  }
}
