/** A sought text as a query of the index of trigrams. */
import { hasMarks } from '../../message/fold-text.js'
import type { TextQuery } from '../mail-store.js'

/** In characters: a longer phrase is more trigrams than SQLite should be given. */
const maxLength = 500
/** Characters that SQLite takes for others, and the end of a string. */
const unsafe = /[\0\ufffd-\uffff]|\p{Surrogate}/u

/** Null where only the texts themselves tell: below three characters there is no trigram. */
export function matchExpression({ text, inHeader }: TextQuery): string | null {
  if (text.length > maxLength || unsafe.test(text) || [...text].length < 3) return null
  const prefix = hasMarks(text) ? 'marked_' : ''
  const columns = (inHeader ? ['header', 'body'] : ['body']).map((name) => prefix + name)
  return `{${columns.join(' ')}} : "${text.replaceAll('"', '""')}"`
}
