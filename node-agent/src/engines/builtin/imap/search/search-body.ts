import type { ContentReader } from '../../store/mail-store.js'
export async function findInBody(reader: ContentReader, texts: string[]): Promise<Set<string>> {
  const t = (await reader.read(0, reader.size)).toString('latin1').toLowerCase()
  return new Set(texts.filter((x) => t.includes(x)))
}
