/** LIST's wildcards (RFC 3501 section 6.3.8): `*` matches anything, `%` anything within one level. */

/** Bounds the work of a match, which grows with pattern and name. */
const maxPattern = 512

export type Matcher = (name: string) => boolean

/** A matcher of names; in time proportional to pattern times name, whatever the pattern. */
export function compilePattern(pattern: string): Matcher {
  if (pattern.length > maxPattern) return () => false
  const exact = matcher(pattern)
  const inbox = matcher(pattern.toUpperCase())
  // INBOX has no case; its children's first level neither.
  return (name) => exact(name) || (name === 'INBOX' && inbox(name))
}

function matcher(pattern: string): Matcher {
  const characters = [...pattern.replace(/[*%]*\*[*%]*/g, '*').replace(/%+/g, '%')]
  return (name) => {
    // `reached[i]`: the part of the name so far matches the first i characters of the pattern.
    let reached = skipWildcards(new Array<boolean>(characters.length + 1).fill(false), characters, true)
    for (const character of name) {
      const next = new Array<boolean>(characters.length + 1).fill(false)
      let any = false
      for (let index = 0; index < characters.length; index++) {
        if (!reached[index]) continue
        const expected = characters[index]
        if (expected === '*' || (expected === '%' && character !== '/')) next[index] = any = true
        else if (expected === character) next[index + 1] = any = true
      }
      if (!any) return false
      reached = skipWildcards(next, characters, false)
    }
    return reached[characters.length]!
  }
}

function skipWildcards(reached: boolean[], characters: string[], start: boolean): boolean[] {
  if (start) reached[0] = true
  for (let index = 0; index < characters.length; index++)
    if (reached[index] && (characters[index] === '*' || characters[index] === '%')) reached[index + 1] = true
  return reached
}
