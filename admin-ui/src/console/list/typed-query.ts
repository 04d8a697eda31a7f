/**
 * What is typed into the search box of a list: words, and `name:value` for each of its facets, `status:suspended`. The values
 * are those of the API or as they are called on the screen; what is not known stays a word.
 */
export interface Facet {
  name: string
  /** What the facet is called on the screen. */
  label: string
  options: readonly { value: string; label: string }[]
}

// Case, marks of Vietnamese and German, spaces and what stands for them make no difference.
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[\s_-]+/g, '')
    .replace(/[đĐ]/g, 'd')
    .toLowerCase()

export function readTyped(text: string, facets: readonly Facet[]): { words: string; chosen: Record<string, string> } {
  const chosen: Record<string, string> = {}
  const words = text.split(/\s+/).filter((word) => {
    const colon = word.indexOf(':')
    if (colon < 1) return word !== ''
    const [name, value] = [plain(word.slice(0, colon)), plain(word.slice(colon + 1))]
    const facet = facets.find((one) => [plain(one.name), plain(one.label)].includes(name))
    const option = facet?.options.find(
      (one) => one.value !== '' && (plain(one.value) === value || plain(one.label) === value),
    )
    if (!facet || !option) return true
    chosen[facet.name] = option.value
    return false
  })
  return { words: words.join(' '), chosen }
}
