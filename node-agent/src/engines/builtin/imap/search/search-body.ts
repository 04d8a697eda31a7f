/** Looks for texts in a message's body by reading it, for messages that the full-text index does not tell about. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { holdsText, searchedBodyTexts, type OctetSource } from '../../message/index.js'

/** Characters looked through before other sessions get their turn. */
const turn = 256 * 1024

/** Those of the folded texts that the body holds. */
export async function findInBody(source: OctetSource, texts: readonly string[]): Promise<ReadonlySet<string>> {
  const found = new Set<string>()
  let sinceTurn = 0
  for await (const folded of searchedBodyTexts(source)) {
    for (const text of texts) if (holdsText(folded, text)) found.add(text)
    if (found.size === texts.length) break
    sinceTurn += folded.length
    if (sinceTurn < turn) continue
    sinceTurn = 0
    await nextTurn()
  }
  return found
}
